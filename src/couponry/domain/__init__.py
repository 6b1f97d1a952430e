"""The coupon domain: pure values and decisions, without I/O, clock or randomness."""
