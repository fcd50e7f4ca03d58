"""The settings: what may be configured, where each value came from, and everything that is wrong with them.

The models hold the sections of one TOML file; `load_settings` reads that file and the environment. The
reading is our own because an operator must see every fault at once, each with its line or variable.
"""

from gateway.settings.loading import SettingsError, load_settings
from gateway.settings.model import Settings

__all__ = ["Settings", "SettingsError", "load_settings"]
