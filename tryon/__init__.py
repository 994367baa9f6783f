"""Live try-on and fit for crowns, tiaras, necklaces and hand jewellery."""
