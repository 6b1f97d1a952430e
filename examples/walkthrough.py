"""A walk through Couponry: four stories told to a running server over HTTP, each checked as it goes."""

import argparse
import os
import sys
import time

import flash_sale
import gift_credit
import own_codes
import print_run
from shop import Shop, ShopClosedError, SurpriseError

STORIES = {
    "A cereal print run": print_run.tell,
    "A flash sale": flash_sale.tell,
    "A gift credit": gift_credit.tell,
    "Codes of one's own": own_codes.tell,
}
NO_KEY = """\
The walk-through needs a key of the server. `couponry demo --json` makes the demo tenant where it is missing and prints
one as "api_key" (it begins with ck_test_). Give it in COUPONRY_KEY, or with --key, where every user of the machine can
read it in the list of processes."""


def main() -> int:
    """Tell all stories; 0 when everything was as it should be, 1 when not, 2 for wrong usage."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=NO_KEY)
    parser.add_argument("--url", default=os.environ.get("COUPONRY_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--key", default=os.environ.get("COUPONRY_KEY"))
    arguments = parser.parse_args()
    if not arguments.key:
        print(NO_KEY, file=sys.stderr)
        return 2
    begun = time.monotonic()
    try:
        with Shop(arguments.url, arguments.key) as shop:
            for number, (title, tell) in enumerate(STORIES.items(), 1):
                print(f"\n{number}. {title}\n")
                tell(shop)
    except (SurpriseError, ShopClosedError) as error:
        print(f"\nThis is not as it should be: {error}", file=sys.stderr)
        return 1
    print(f"\nEverything was as it should be ({time.monotonic() - begun:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
