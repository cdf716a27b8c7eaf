"""The practice: what the example says, and that every mistake in a file is told with its line."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.practice.clinic import EXAMPLE, Clinic, read_clinic
from bot.practice.closing import public_holidays, unknown_region
from bot.practice.week import Range

ROOT = Path(__file__).parents[2]
TEXT = EXAMPLE.read_text(encoding="utf-8")


def written(folder: Path, *changes: tuple[str, str]) -> tuple[Clinic | None, list[str]]:
    """The example with changes, each of one place in the text, and the faults of that."""
    text = TEXT
    for old, new in changes:
        assert old in text, f"the example no longer has: {old}"
        text = text.replace(old, new, 1)
    path = folder / "clinic.yaml"
    path.write_text(text, encoding="utf-8")
    clinic, faults = read_clinic(path, folder)
    return clinic, [str(fault) for fault in faults]


def line_of(start: str) -> int:
    return next(n for n, line in enumerate(TEXT.splitlines(), 1) if line.strip().startswith(start))


@pytest.fixture
def example() -> Clinic:
    clinic, faults = read_clinic(EXAMPLE)
    assert faults == []
    assert clinic is not None
    return clinic


def test_the_example_practice_is_complete(example: Clinic) -> None:
    assert example.address == ("12 Willow Lane", "Exampleton")
    assert example.zone == ZoneInfo("Europe/London")
    assert (example.country, example.locale, example.currency) == ("GB", "en-GB", "GBP")
    assert (example.numbers.emergency, example.numbers.crisis) == ("999", "116 123")
    assert example.numbers.out_of_hours == "111"
    assert [(visit.kind, visit.minutes, visit.price) for visit in example.visits] == [
        ("initial", 60, Decimal("65.00")),
        ("follow_up", 45, Decimal("48.00")),
    ]
    assert example.hours[0] == (Range(time(9), time(13)), Range(time(14), time(18)))
    assert example.hours[6] == ()
    assert example.keeping_years == 8
    assert (example.alert.again_after_minutes, example.alert.second_contact_after_minutes) == (10, 30)
    assert example.visit_reminders == (timedelta(days=2), timedelta(days=1), timedelta(hours=2))


def test_the_example_s_numbers_ring_nobody_by_mistake(example: Clinic) -> None:
    for number in (example.phone, example.numbers.maternity):
        assert number.startswith("01632 960"), "the range Ofcom keeps for drama"


def test_people_and_visits_are_found_by_id(example: Clinic) -> None:
    assert example.practitioner("example").name == "Alex Example"
    assert example.visit("first").minutes == 60
    assert [visit.id for visit in example.visits_for("follow_up")] == ["follow-up"]
    with pytest.raises(KeyError):
        example.visit("nothing")


def test_a_practitioner_s_own_hours_replace_the_practice_s(tmp_path: Path) -> None:
    clinic, faults = written(
        tmp_path,
        (
            "    name: Alex Example",
            "    name: Alex Example\n    hours:\n      friday: 10:00-12:00\n  - {id: b, name: B}",
        ),
    )
    assert faults == []
    assert clinic is not None
    first = clinic.visit("first")
    assert clinic.hours_of("example", first) == {4: (Range(time(10), time(12)),)}
    assert clinic.hours_of("b", first) == clinic.hours


def test_a_visit_with_hours_of_its_own_is_given_in_these_while_somebody_is_there(tmp_path: Path) -> None:
    own = "    hours:\n      monday: 11:00-15:00\n      saturday: 10:00-12:00\n"
    clinic, faults = written(tmp_path, ("    minutes: 60\n", f"    minutes: 60\n{own}"))
    assert faults == []
    assert clinic is not None
    met = clinic.hours_of("example", clinic.visit("first"))
    assert met == {0: (Range(time(11), time(13)), Range(time(14), time(15))), 5: ()}
    assert clinic.hours_of("example", clinic.visit("follow-up")) == clinic.hours


def test_the_example_is_closed_on_england_s_bank_holidays_and_days_of_its_own(example: Clinic) -> None:
    # https://www.gov.uk/bank-holidays, England and Wales, 2026; 26 December is a Saturday, so the 28th is given for it
    bank = ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"]
    closed = example.closed_on(date(2026, 1, 1), date(2026, 12, 23))
    assert closed == {date.fromisoformat(f"2026-{day}") for day in bank[:-2]}
    assert date(2026, 12, 28) in example.closed_on(date(2026, 12, 28), date(2026, 12, 28))
    over = example.closed_on(date(2026, 12, 20), date(2027, 1, 10))
    assert over == {date(2026, 12, 24) + timedelta(days=number) for number in range(9)}
    assert public_holidays("GB-ENG", 2026) >= {date.fromisoformat(f"2026-{day}") for day in bank}


def test_what_is_built_in_names_a_region_that_is_known(example: Clinic) -> None:
    assert example.holidays is not None
    assert unknown_region(example.holidays) == ""


def test_a_practice_may_keep_another_region_s_holidays_or_none(tmp_path: Path) -> None:
    scottish, _ = written(tmp_path, ("holidays: GB-ENG", "holidays: GB-SCT"))
    none, _ = written(tmp_path, ("holidays: GB-ENG\n", ""))
    assert scottish is not None
    assert none is not None
    new_year = date(2026, 1, 2)
    assert scottish.closed_on(new_year, new_year) == {new_year}
    assert none.closed_on(new_year, date(2026, 12, 23)) == frozenset()


def test_the_calendars_of_holidays_are_not_imported_before_they_are_looked_at() -> None:
    code = (
        "import sys, bot.app; from bot.furnishing import furnish; assert furnish(None, None).practice;"
        "print('holidays' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "False"


def test_what_may_be_left_out_has_the_usual_value(tmp_path: Path, example: Clinic) -> None:
    clinic, faults = written(
        tmp_path,
        ("contacts:\n  - id: reception\n    name: Sam Example\n", ""),
        ("alert:\n  again_after_minutes: 10\n  second_contact_after_minutes: 30\n  ask_care_after_minutes: 180\n", ""),
        ("morning_page: 07:30\n", ""),
        ("weekly_page: monday\n", ""),
        ("review_after_sessions: 4\n", ""),
        ("visit_reminders:\n  - 2 days\n  - 1 day\n  - 2 hours\n", ""),
    )
    assert faults == []
    assert clinic is not None
    assert clinic.contacts == ()
    assert (clinic.alert, clinic.visit_reminders) == (example.alert, example.visit_reminders)
    assert (example.morning_page, clinic.morning_page) == (time(7, 30), None)
    assert (example.weekly_page, clinic.weekly_page) == (0, None)
    assert (example.review_after_sessions, clinic.review_after_sessions) == (4, None)


def test_hours_may_be_a_list_and_in_any_order(tmp_path: Path, example: Clinic) -> None:
    clinic, _ = written(
        tmp_path, ("monday: 09:00-13:00, 14:00-18:00", "monday:\n    - 14:00-18:00\n    - 09:00 – 13:00")
    )
    assert clinic is not None
    assert clinic.hours == example.hours


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("phone: 01632 960123\n", "phone:\n", "phone:", "phone has no value"),
        ("phone: 01632 960123", "phone: call us", "phone:", "phone: 'call us' is not a phone number"),
        ("emergency: 999", "emergency: 9", "emergency:", "numbers.emergency: '9' is not a phone number"),
        ("latitude: 51.4769", "latitude: 151", "latitude:", "place.latitude should be less than or"),
        ("zone: Europe/London", "zone: Europe/Londn", "zone:", "did you mean 'Europe/London'?"),
        ("zone: Europe/London", "zone: ../London", "zone:", "is not an IANA time zone"),
        ("zone: Europe/London", "zone: localtime", "zone:", "'localtime' is not an IANA time zone"),
        ("zone: Europe/London", "zone: Europe", "zone:", "is not an IANA time zone"),
        ("country: GB", "country: uk", "country:", "country: 'uk' is not the two capital letters"),
        ("locale: en-GB", "locale: english", "locale:", "locale: 'english' is not a language and country"),
        ("currency: GBP", "currency: £", "currency:", "currency: '£' is not the three capital letters"),
        ("id: room-1", "id: Room 1", "- id: room-1", "rooms.1.id: 'Room 1' is not a short id"),
        ("friday: 09:00-13:00", "friday: 13:00-09:00", "friday:", "13:00-09:00 does not end after it starts"),
        ("friday: 09:00-13:00", "friday: 20:00-02:00", "friday:", "hours over midnight are not taken"),
        ("friday: 09:00-13:00", "friday: 09:00-09:00", "friday:", "does not end after it starts"),
        ("friday: 09:00-13:00", "friday: 9-13", "friday:", "'9-13' is not a range such as"),
        ("friday: 09:00-13:00", "friday: 09:00-24:00", "friday:", "'09:00-24:00' is not a range"),
        ("friday: 09:00-13:00", "friday: 09:00-13:00, 12:00-14:00", "friday:",
         "09:00-13:00 and 12:00-14:00 overlap"),
        ("friday: 09:00-13:00", "friday:", "friday:", "hours.friday has no value"),
        ("holidays: GB-ENG", "holidays: England", "holidays:", "'England' is not a country or region as ISO 3166"),
        ("holidays: GB-ENG", "holidays: GB-ENGL", "holidays:", "'GB-ENGL' is not a country or region as ISO 3166"),
        ("holidays: GB-ENG", "holidays: GB-LON", "holidays:",
         "known of 'LON' in GB; it has ENG, NIR, SCT, WLS"),
        ("holidays: GB-ENG", "holidays: QQ", "holidays:", "no public holidays are known of the country 'QQ'"),
        ("- 2026-12-24 to", "- 31 Feb to", "- 2026-12-24", "'31 Feb to 2027-01-01' is not a day such as"),
        ("- 2026-12-24 to", "- 2026-02-31 to", "- 2026-12-24", "there is no 2026-02-31 in the calendar"),
        ("- 2026-12-24 to", "- 2027-12-24 to", "- 2026-12-24",
         "closed.1: '2027-12-24 to 2027-01-01' ends before it begins"),
        ("    minutes: 60", "    hours: {sunday: 09:00-12:00}\n    minutes: 60", "minutes: 60",
         "nobody who treats is there in these hours"),
        ("    minutes: 60", "    hours: {monday: 20:00-02:00}\n    minutes: 60", "minutes: 60",
         "visits.1.hours.monday: 20:00-02:00 does not end after it starts"),
        ("  friday:", "  fridai:", "friday:", "unknown day 'fridai'; did you mean 'friday'?"),
        ("price: 65.00", "price: £65", "price: 65", "visits.1.price should be a valid decimal, not '£65'"),
        ("price: 65.00", "price: -1", "price: 65", "visits.1.price should be greater than or equal to 0"),
        ("price: 65.00", "price: 65.005", "price: 65", "no more than 2 decimal places"),
        ("price: 65.00", "price: NaN", "price: 65", "visits.1.price should be a finite number"),
        ("minutes: 60", "minutes: -60", "minutes: 60", "visits.1.minutes should be greater than"),
        ("minutes: 60", "minutes: an hour", "minutes: 60", "visits.1.minutes should be a valid integer"),
        ("buffer_minutes: 15", "buffer_minutes: -5", "buffer_minutes:", "visits.1.buffer_minutes should be"),
        ("minutes: 45", "minutes: 481", "minutes: 45", "less than or equal to 480"),
        ("    kind: initial", "    kind: first", "kind: initial", "kind should be 'initial' or 'follow_up'"),
        ("keeping_years: 8", "keeping_years: 1", "keeping_years:", "keeping_years should be greater than or"),
        ("horizon_days: 60", "horizon_days: 0", "horizon_days:", "policies.horizon_days should be"),
        ("  - 1 day\n", "  - tomorrow\n", "- 1 day", "'tomorrow' is not a time before the visit"),
        ("  - 1 day\n", "  - 60 days\n", "- 1 day", "is not between 15 minutes and 30 days"),
        ("morning_page: 07:30", "morning_page: 12:00", "morning_page:", "'12:00' is not a time of the morning"),
        ("morning_page: 07:30", "# none", "weekly_page:", "give morning_page too"),
        ("weekly_page: monday", "weekly_page: someday", "weekly_page:", "someday"),
        ("sessions: 4", "sessions: 0", "review_after_sessions:", "greater than or equal to 1"),
        ("morning_page: 07:30", "morning_page: 7.30", "morning_page:", "'7.30' is not a time of the morning"),
        ("  - 1 day\n", "  - 48 hours\n", "visit_reminders:", "the same time is given twice"),
        ("    price: 65.00", "    prise: 65.00", "price: 65", "visits.1.prise; did you mean 'price'?"),
        ("country: GB", "county: GB", "country:", "unknown key county; did you mean 'country'?"),
        ("country: GB", "country: GB\ncountry: IE", "locale:", "the key 'country' is given twice"),
        ("id: follow-up", "id: first", "- id: follow-up", "the id 'first' is taken (line "),
        ("name: Follow-up visit", "name: First visit", "name: Follow-up", "the name 'First visit' is taken"),
        ("id: reception", "id: example", "- id: reception", "the id 'example' is taken (line "),
        ("second_contact_after_minutes: 30", "second_contact_after_minutes: 10", "alert:", "is not after"),
        ("    kind: initial", "    kind: follow_up", "visits:", "no visit is of the kind initial"),
        ("address:\n  - 12 Willow Lane\n  - Exampleton", "address: 12 Willow Lane", "address:", "address "),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    clinic, faults = written(tmp_path, (old, new))
    assert clinic is None
    assert any(fault.startswith(f"clinic.yaml:{line_of(at)}: ") and message in fault for fault in faults), faults


def test_a_visit_longer_than_any_opening_is_a_fault(tmp_path: Path) -> None:
    _, faults = written(tmp_path, ("minutes: 60", "minutes: 480"), ("12:00-20:00", "12:00-19:59"))
    line = line_of("minutes: 60")
    assert faults == [f"clinic.yaml:{line}: a visit of 480 minutes is longer than the longest opening (479 minutes)"]


def test_a_visit_longer_than_any_opening_it_is_given_in_is_a_fault(tmp_path: Path) -> None:
    _, faults = written(tmp_path, ("    minutes: 60\n", "    minutes: 60\n    hours: {monday: 12:30-14:45}\n"))
    line = line_of("minutes: 60")
    assert faults == [f"clinic.yaml:{line}: a visit of 60 minutes is longer than the longest opening (45 minutes)"]
    _, faults = written(
        tmp_path, ("    name: Alex Example", "    name: Alex Example\n    hours: {monday: 09:00-09:50}")
    )
    assert len(faults) == 1, "the practice's hours are nobody's then"


def test_two_visits_nobody_could_tell_apart_are_a_fault(tmp_path: Path) -> None:
    _, faults = written(
        tmp_path,
        ("    name: First visit\n", ""),
        (
            "    kind: follow_up\n    name: Follow-up visit\n    minutes: 45",
            "    kind: initial\n    minutes: 60",
        ),
    )
    line = line_of("- id: first")
    place = f"clinic.yaml:{line_of('- id: follow-up') - 1}"
    assert faults == [f"{place}: cannot be told from the visit on line {line}; give each a name"]


def test_a_practice_that_never_opens_is_a_fault(tmp_path: Path) -> None:
    days = TEXT[TEXT.index("  monday:") : TEXT.index("# kind:")]
    _, faults = written(tmp_path, (days, "  monday: closed\n"))
    assert faults == [f"clinic.yaml:{line_of('hours:')}: the practice is never open"]


def test_ten_mistakes_are_all_told_in_one_go_in_the_file_s_order(tmp_path: Path) -> None:
    _, faults = written(
        tmp_path,
        ("phone: 01632 960123", "phone: none"),
        ("  crisis: 116 123 ", "  crises: 116 123 "),
        ("zone: Europe/London", "zone: London"),
        ("id: room-1", "id: example"),
        ("friday: 09:00-13:00", "friday: 13:00-09:00"),
        ("minutes: 60", "minutes: 6000"),
        ("price: 65.00", "price: free"),
        ("id: follow-up", "id: first"),
        ("horizon_days: 60", "horizon_days: many"),
        ("keeping_years: 8", "keeping_years: 8\nkeeping_years: 9"),
    )
    told = [fault.split(": ", 1)[0] for fault in faults]
    assert told == sorted(told, key=lambda place: int(place.split(":")[1]))
    assert set(told) == {
        f"clinic.yaml:{line}"
        for line in (
            line_of("phone:"), line_of("numbers:"), line_of("crisis:"), line_of("zone:"),
            line_of("- id: room-1"),
            line_of("friday:"), line_of("minutes: 60"), line_of("price: 65"), line_of("- id: follow-up"),
            line_of("horizon_days:"), line_of("keeping_years:") + 1,
        )
    }  # fmt: skip


@pytest.mark.parametrize("text", ["just words", "- a\n- list\n"])
def test_a_file_that_is_no_practice_is_one_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "clinic.yaml").write_text(text)
    _, faults = read_clinic(tmp_path / "clinic.yaml", tmp_path)
    assert [str(fault) for fault in faults] == ["clinic.yaml:1: a practice is a list of keys such as name: and hours:"]


def test_sections_of_the_wrong_shape_are_faults_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yaml"
    names = [line.split(":")[0] for line in TEXT.splitlines() if line[:1].isalpha()]
    for shape in ("word", "[word]", "[[word]]", "{word: {}}", "[{id: [a], minutes: {}, hours: []}]"):
        path.write_text("\n".join(f"{name}: {shape}" for name in names))
        clinic, faults = read_clinic(path, tmp_path)
        assert clinic is None
        lines = {fault.place.line for fault in faults if fault.place}
        assert lines >= {names.index(name) + 1 for name in ("place", "numbers", "hours", "visits", "policies")}


def test_a_file_that_is_missing_is_a_fault(tmp_path: Path) -> None:
    assert [str(fault) for fault in read_clinic(tmp_path / "clinic.yaml", tmp_path)[1]] == ["clinic.yaml: no such file"]


def test_a_practitioner_into_whose_hours_no_visit_fits_is_a_fault(tmp_path: Path) -> None:
    short = "    name: Kim\n    hours:\n      monday: 09:00-09:30\n"
    _, faults = written(tmp_path, ("    name: Alex Example\n", f"    name: Alex Example\n  - id: kim\n{short}"))
    line = line_of("name: Alex Example") + 3
    assert faults == [f"clinic.yaml:{line}: no visit fits into these hours"]


def test_what_a_visit_takes_has_its_buffers_in_it(tmp_path: Path) -> None:
    clinic, faults = written(
        tmp_path, ("    buffer_minutes: 15\n", "    buffer_minutes: 15\n    buffer_before_minutes: 5\n")
    )
    assert faults == []
    assert clinic
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    taken = clinic.takes("first", nine, nine + timedelta(hours=1))
    assert (taken.start, taken.end) == (nine - timedelta(minutes=5), nine + timedelta(minutes=75))
    gone = clinic.takes("no longer there", nine, nine + timedelta(hours=1))
    assert (gone.start, gone.end) == (nine, nine + timedelta(hours=1))


def test_a_notice_longer_than_the_diary_is_open_is_a_fault(tmp_path: Path) -> None:
    _, faults = written(tmp_path, ("booking_notice_hours: 12", "booking_notice_hours: 264"), ("days: 60", "days: 10"))
    line = line_of("booking_notice_hours: 12")
    assert faults == [f"clinic.yaml:{line}: the notice is longer than the diary is open: no time is ever free"]
    assert not written(tmp_path, ("booking_notice_hours: 12", "booking_notice_hours: 263"), ("days: 60", "days: 10"))[1]
