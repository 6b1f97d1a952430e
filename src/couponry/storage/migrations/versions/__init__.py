"""One file for each revision, named by its four digits and what it brings."""
