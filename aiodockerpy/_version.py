"""The version of the distribution, read by the build and sent as the user agent."""

__version__ = "1.0.0"
