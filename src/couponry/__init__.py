"""Couponry: issue, distribute, validate and redeem coupons."""
