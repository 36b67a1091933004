"""Models as programs in exact integers, split into parts.

Read `fixedpoint` for the arithmetic, `operators` for the instruction set, `program` for how
operators make a graph, and `component` for what is held, run and cut; `execution` is how it runs
fast. `graph` is how programs are written, and `model` how people speak of them; `network` and
`importing` make programs of models, and `training` is where real ones come from.
"""
