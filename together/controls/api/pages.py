"""Lists in pages, walked by cursor: nothing is skipped or repeated while rows are added."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Pages of 50, up to 200 on demand, oldest first."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = "id"
