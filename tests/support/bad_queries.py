"""What people and programs write into the address of a list: each is answered, perhaps with nothing found."""

BAD_QUERIES = [
    "q=", "q=" + "长" * 10_000, "q=" + "a" * 10_000, "q=的了和", "q=%21%22%23%24%25", "q=😀🎉", "q=%22未完", "q=((((",
    "q=nonsense:雷达", "q=*", "q=-", "q=OR", "q=a&page=1000000000", "page=99999999999999999999", "page=0", "closing=x", "kind=x",
    "domain=nope&area=%00",
    "q=%00", "sort=%27", "domain=" + "x" * 3000, "&".join(f"domain={n}" for n in range(500)),
]  # fmt: skip
