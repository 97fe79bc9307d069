"""R's base functions, all of them: to import this is to declare them in ``BASE``."""

from tests.reference import (
    r_builtins_applying,
    r_builtins_kinds,
    r_builtins_language,
    r_builtins_matrices,
    r_builtins_numbers,
    r_builtins_operators,
    r_builtins_sets,
    r_builtins_tables,
    r_builtins_vectors,
)

PARTS = (
    r_builtins_applying,
    r_builtins_kinds,
    r_builtins_language,
    r_builtins_matrices,
    r_builtins_numbers,
    r_builtins_operators,
    r_builtins_sets,
    r_builtins_tables,
    r_builtins_vectors,
)
