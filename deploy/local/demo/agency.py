"""The sample agency and its units. All names are invented; unit ids start with `contoh-`."""

from dataclasses import dataclass

AGENCY_ID = "contoh"
AGENCY_NAME = "Badan Layanan Nusantara"


@dataclass(frozen=True)
class SampleUnit:
    """One unit of the agency as the units register of planning takes it."""

    id: str
    name: str
    unit_type: str
    echelon: str
    zone: str
    region: str
    has_service_function: bool = True


UNITS = (
    SampleUnit("contoh-cendana", "Kantor Layanan Cendana", "kantor_pelayanan", "III", "WIB", "Jawa"),
    SampleUnit("contoh-melati", "Kantor Layanan Melati", "kantor_pelayanan", "III", "WIB", "Jawa"),
    SampleUnit("contoh-kenanga", "Kantor Layanan Kenanga", "kantor_pelayanan", "III", "WIB", "Sumatra"),
    SampleUnit("contoh-jati", "Balai Pengujian Jati", "balai", "III", "WIB", "Jawa"),
    SampleUnit("contoh-meranti", "Kantor Wilayah Meranti", "kantor_wilayah", "II", "WIB", "Sumatra"),
    SampleUnit("contoh-anggrek", "Kantor Layanan Anggrek", "kantor_pelayanan", "III", "WITA", "Sulawesi"),
    SampleUnit("contoh-flamboyan", "Kantor Layanan Flamboyan", "kantor_pelayanan", "III", "WITA", "Bali"),
    SampleUnit("contoh-ulin", "Balai Pelatihan Ulin", "balai", "III", "WITA", "Kalimantan"),
    SampleUnit("contoh-mahoni", "Kantor Wilayah Mahoni", "kantor_wilayah", "II", "WITA", "Kalimantan"),
    SampleUnit("contoh-cempaka", "Kantor Layanan Cempaka", "kantor_pelayanan", "III", "WIT", "Papua"),
    SampleUnit("contoh-pala", "Kantor Layanan Pala", "kantor_pelayanan", "III", "WIT", "Maluku"),
    SampleUnit(
        *("contoh-matoa", "Inspektorat Wilayah Matoa", "inspektorat", "II", "WIT", "Papua"),
        has_service_function=False,
    ),
)
