"""One file for one kind of page: what its template is given."""
