"""The rows of the table, one file per chapter of the array API standard."""


def load_all() -> None:
    """Fill the table: import every chapter, also those that wait until somebody asks for them."""
    import pkgutil
    from importlib import import_module

    for chapter in pkgutil.iter_modules(__path__, f"{__name__}."):
        import_module(chapter.name)
