"""Image builds: BuildKit's and the classic builder's."""
