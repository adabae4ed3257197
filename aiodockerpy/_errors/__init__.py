"""The base of the exceptions, and those that are raised before anything is sent; `aiodockerpy.errors` exports them."""
