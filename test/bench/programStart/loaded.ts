import program = require("../../../index");

/** This program loaded, settings unread and no resource registered: what starting it costs before it does anything. */
export const loaded = typeof program;
