"""Services that are waited for."""
