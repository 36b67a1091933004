"""Split models that run in exact integers.

Read `fixedpoint` for the arithmetic, `model` for what is split and run, and `training` for where
real models come from.
"""
