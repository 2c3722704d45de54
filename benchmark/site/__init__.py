"""The static site: pages of what the boards, the claims and the datasheets say; no statistics of its own."""
