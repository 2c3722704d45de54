"""The attacks that run behind walls, by what they are after; :mod:`tests.attacks.test_walls` collects them."""
