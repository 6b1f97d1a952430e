"""Vendor-shaped doors: one folder each, found by listing this one."""
