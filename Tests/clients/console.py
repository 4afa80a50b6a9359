"""What the tests of the console share: where its pages are, pictures of them, and data to look at."""

import csv
import io
import os
import pathlib

import world as worlds
from harness import FILMNIGHT, REGION

# Beside what the data set group of `world` has, so that lists have titles.
FILMS = worlds.schema("Items", ("ITEM_ID", "string"), ("TITLE", "string"), ("GENRE", ["null", "string"], {"categorical": True}), ("YEAR", "string"))


def console(server, path=""):
    return f"{server.url}/_personalite/console#/{REGION}/{path}"


def picture(page, name):
    """A picture for whoever wants to look at it; as `webp` of what is in sight, for pages that show it."""
    if folder := os.environ.get("PERSONALITE_PICTURES"):
        kind = os.environ.get("PERSONALITE_PICTURES_TYPE", "png")
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        page.picture(f"{folder}/{name}.{kind}", isWhole=kind == "png")


def films(server):
    """The film-night data, titles included, a campaign for each kind of request, a filter and a stream."""
    titles = worlds.titles()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["ITEM_ID", "TITLE", "GENRE", "YEAR"])
    with (FILMNIGHT / "items.csv").open() as file:
        for row in csv.DictReader(file):
            writer.writerow([row["ITEM_ID"], titles[row["ITEM_ID"]], row["GENRE"], row["YEAR"]])
    films = worlds.World(server, "films")
    films.group()
    films.dataset()
    films.imported((FILMNIGHT / "interactions.csv").read_bytes())
    films.dataset("Items", FILMS)
    films.imported(text.getvalue(), kind="Items", job="items")
    films.train()
    films.personalize.create_filter(
        name="films-genre", datasetGroupArn=films.group_arn, filterExpression="INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)")
    server.client("kinesis").create_stream(StreamName="films", ShardCount=2)
    films.s3.put_object(Bucket=films.bucket, Key="notes/read me.txt", Body=b"some text")
    return films
