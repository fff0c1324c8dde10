"""How fast and how large unigrad is, against its peers in the same process. Run by `make bench`."""
