module local/upstream

go 1.26
