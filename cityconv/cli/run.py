"""`cityconv run`: several outputs from one pass over the frames, as a recipe describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.cli.convert import run_conversion
from cityconv.engine.recipe import read_recipe

if TYPE_CHECKING:
    from cityconv.engine.recipe import RecipeOptions
    from cityconv.options import RunOptions

HELP = """Write several outputs in one pass over the frames.

The keys of the recipe are the options of the commands: source, out, split, images and the like at the top, and a table
[outputs.NAME] for each output, with its format and the options of that format. The output is written to the folder NAME
below out. Paths are relative to the current directory."""
EXAMPLES = (
    "cityconv run recipe.toml",
    "cityconv run recipe.toml --jobs 4 --report report.json",
    "cityconv run recipe.toml --part 1/3 -o part-1",
)


def run(recipe: RecipeOptions, run: RunOptions) -> None:
    """Convert what a recipe describes."""
    output, formats = read_recipe(recipe.recipe, recipe.out)
    run_conversion(output, formats, run, recipe.recipe)
