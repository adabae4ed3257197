"""These are a user's tests: they are run by `tests.testing.test_project`, in a pytest of their own."""

collect_ignore = ["test_service.py"]
