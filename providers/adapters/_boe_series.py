"""Name the Bank of England's series of spot rates against sterling: units of money per pound.

Source: https://www.bankofengland.co.uk/boeapps/database/Rates.asp
"""

from __future__ import annotations

QUOTE_OF = {
    "XUDLADS": "AUD",
    "XUDLBK25": "CZK",
    "XUDLBK33": "HUF",
    "XUDLBK47": "PLN",
    "XUDLBK78": "ILS",
    "XUDLBK83": "MYR",
    "XUDLBK85": "RUB",
    "XUDLBK87": "THB",
    "XUDLBK89": "CNY",
    "XUDLBK93": "KRW",
    "XUDLBK95": "TRY",
    "XUDLBK97": "INR",
    "XUDLCDS": "CAD",
    "XUDLDKS": "DKK",
    "XUDLERS": "EUR",
    "XUDLHDS": "HKD",
    "XUDLJYS": "JPY",
    "XUDLNDS": "NZD",
    "XUDLNKS": "NOK",
    "XUDLSFS": "CHF",
    "XUDLSGS": "SGD",
    "XUDLSKS": "SEK",
    "XUDLSRS": "SAR",
    "XUDLTWS": "TWD",
    "XUDLUSS": "USD",
    "XUDLZOS4": "RON",
    "XUDLZRS": "ZAR",
}
# Ended in 2022: read where an older answer has it, asked for no more.
ENDED = {"XUDLBK85"}
