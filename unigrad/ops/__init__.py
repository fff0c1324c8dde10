"""The rows of the table, one file per chapter of the array API standard."""
