"""Rows of the tables as structs, and their conversion from and to the domain; shared by all engines.

A row struct has the fields of its table in the table's order, and encodes to a JSON array: rows travel to and from the
database as one JSON text for all of them. Fields of JSON hold its text.
"""
