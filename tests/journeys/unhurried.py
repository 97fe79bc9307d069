"""The platform for visitors who answer at once and all from one address, as no people do.

What is said of such haste has tests of its own.
"""

from dataclasses import replace

from survey.app import create_app
from survey.config import Config
from tests.factories import UNHURRIED, UNLIMITED

app = create_app(replace(Config.from_env(), policy=UNHURRIED, flow=UNLIMITED))
