import type { Field } from "../field";
import { allContainers, podTemplate } from "../pods";
import type { Report, Rule } from "../rule";

const volumeKinds = new Set([
  "name",
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** Kubernetes' Pod Security Standard `restricted`, without its parts on sysctls and SELinux. */
export const restrictedPods: Rule = {
  name: "restricted-pods",
  what: "Every pod keeps to Kubernetes' Pod Security Standard `restricted`.",
  why: "kubo and ipfs-cluster parse what strangers send; who breaks in must find neither root, nor the machine, nor system calls to climb with.",
  fix: "set what the standard asks for: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  check(resource, report) {
    const template = podTemplate(resource);
    if (!template) return;
    checkPod(template.spec, report);
    for (const container of allContainers(resource)) checkContainer(container, template.spec, report);
  },
};

function checkPod(spec: Field, report: Report): void {
  for (const name of ["hostNetwork", "hostPID", "hostIPC"]) {
    if (spec.at(name).is(true)) report(spec.at(name), "shares the machine's");
  }
  for (const volume of spec.at("volumes").items) {
    for (const [kind, field] of volume.entries)
      if (!volumeKinds.has(kind)) report(field, "is no kind of volume that is allowed");
  }
}

function checkContainer(container: Field, pod: Field, report: Report): void {
  const own = container.at("securityContext");
  if (own.at("privileged").is(true)) report(own.at("privileged"), "is true");
  if (own.at("allowPrivilegeEscalation").isNot(false)) report(own.at("allowPrivilegeEscalation"), "is not false");
  if (!own.at("procMount").missing && own.at("procMount").isNot("Default"))
    report(own.at("procMount"), "is not Default");

  const drop = own.at("capabilities", "drop");
  if (drop.isKnown && drop.items.every((each) => each.isNot("ALL"))) report(drop, "is without ALL");
  for (const added of own.at("capabilities", "add").items) {
    if (added.isNot("NET_BIND_SERVICE")) report(added, "is a capability more than NET_BIND_SERVICE");
  }

  // What a container does not say itself, it has from its pod.
  const effective = (...path: string[]) => {
    const field = own.at(...path);
    return field.missing ? pod.at("securityContext", ...path) : field;
  };
  if (effective("runAsNonRoot").isNot(true)) report(own.at("runAsNonRoot"), "is not true, nor is the pod's");
  if (effective("runAsUser").is(0)) report(own.at("runAsUser"), "is root");
  const seccomp = effective("seccompProfile", "type");
  if (seccomp.isNot("RuntimeDefault") && seccomp.isNot("Localhost")) {
    report(own.at("seccompProfile", "type"), "is neither RuntimeDefault nor Localhost, nor is the pod's");
  }

  const armor = effective("appArmorProfile", "type");
  if (armor.is("Unconfined")) report(armor, "takes the machine's guard away");

  for (const port of container.at("ports").items) {
    const host = port.at("hostPort");
    if (!host.missing && host.isNot(0)) report(host, "is a port of the machine");
  }
}
