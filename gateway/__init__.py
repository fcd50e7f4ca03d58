"""haochaping: hotline IVR and SMS evaluation gateway for Chinese government services."""

__version__ = "0.1.0"
