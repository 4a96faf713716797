"""Attacks on destinations and payment files."""

from tests.attacks.making import Attack, may, no_append_only, no_constraint, no_trigger, who
from tests.attacks.payments import FIXED, NEXT

TO = no_trigger("treasury_destination_guard", "treasury_destination")
PAYEE = no_trigger("treasury_payees_are_destinations", "treasury_instruction")
FILE = no_trigger("treasury_file_guard", "treasury_paymentfile")
FILE_DIGEST = no_constraint("treasury_digest_of_the_file", "treasury_paymentfile")
FILED = no_trigger("treasury_filed_guard", "treasury_filedpayment")
TAKEN = no_trigger("treasury_download_guard", "treasury_filedownload")


def payment_to(destination: str, payee: str, kind: str = "drawdown") -> str:
    """Insert a payment of 1 to a destination (or none) into the batch that is not released."""
    return (
        "INSERT INTO treasury_instruction (batch_id, kind, subject, reference, payee, amount, asset,"
        f" state, tries, worker, rail_reference, destination_id) VALUES ({NEXT}, '{kind}',"
        f" 'forged', 'forged', {payee}, 1, 'USDC', 'ready', 0, '', '', {destination});"
    )


def file_of(name: str) -> str:
    """Write the id of a file of the world."""
    return (
        "(SELECT f.file_id FROM treasury_filedpayment f JOIN treasury_instruction i"
        f" ON i.id = f.instruction_id WHERE i.reference = '{name}-F')"
    )


def handing_over(name: str, person: str) -> str:
    """Mark a file as handed over."""
    return (
        "UPDATE treasury_paymentfile SET state = 'handed_over', handed_over_at = now(),"
        f" handed_over_by_id = {who(person)} WHERE id = {file_of(name)};"
    )


def of_destination(owner: str, column: str) -> str:
    """Write a column of a destination."""
    return f"(SELECT {column} FROM treasury_destination WHERE owner = '{owner}')"


FILES = (
    Attack(
        "confirm a destination alone",
        "UPDATE treasury_destination SET state = 'confirmed', evidence = 'x', confirmed_at = now(),"
        " usable_at = now() WHERE owner = 'WAITING';",
        (TO,),
    ),
    Attack(
        "write a destination that is born confirmed",
        "INSERT INTO treasury_destination (number, owner_kind, owner, label, kind, asset,"
        " identifier, servicer, routing_number, holder, country, payee, digest, state,"
        " registered_by_id, registered_at, evidence, confirmed_at, usable_at, reason) SELECT 'X',"
        " owner_kind, owner, label, kind, asset, 'mine', servicer, routing_number, holder, country,"
        " 'mine', 'x', 'confirmed', registered_by_id, registered_at, 'x', now(), now(), ''"
        " FROM treasury_destination WHERE owner = 'WAITING';",
        (TO,),
    ),
    Attack(
        "swap the account of a confirmed destination",
        "UPDATE treasury_destination SET identifier = 'mine', payee = 'mine'"
        " WHERE owner = 'PAYEE-OUT';",
        (TO,),
    ),
    Attack(
        "end a cooling-off early",
        "UPDATE treasury_destination SET usable_at = registered_at WHERE state = 'confirmed';",
        (TO,),
    ),
    Attack(
        "bring a revoked destination back",
        "UPDATE treasury_destination SET state = 'revoked', revoked_at = now(), reason = 'x',"
        f" revoked_by_id = {who('officer')} WHERE owner = 'PAYEE-OUT';"
        "UPDATE treasury_destination SET state = 'confirmed', revoked_at = NULL, reason = '',"
        " revoked_by_id = NULL WHERE owner = 'PAYEE-OUT';",
        (TO,),
    ),
    Attack(
        "delete a destination",
        "DELETE FROM treasury_destination WHERE owner = 'WAITING';",
        (
            may("DELETE", "treasury_destination"),
            no_trigger("treasury_destination_stays", "treasury_destination"),
        ),
    ),
    Attack(
        "shorten the cooling-off",
        "UPDATE treasury_railpolicy SET cooling_off_hours = 0;",
        (may("UPDATE", "treasury_railpolicy"),),
    ),
    Attack(
        "ask a chain for fewer confirmations",
        "UPDATE treasury_chainpolicy SET confirmations = 1;",
        (may("UPDATE", "treasury_chainpolicy"),),
    ),
    Attack("pay a drawdown to no destination", payment_to("NULL", "'mine'"), (PAYEE,)),
    Attack(
        "pay to a destination that is not confirmed",
        payment_to(of_destination("WAITING", "id"), "'wallet-waiting'"),
        (PAYEE,),
    ),
    Attack(
        "pay to a destination of another rail",
        payment_to(of_destination("PAYEE-OUT", "id"), of_destination("PAYEE-OUT", "payee")),
        (PAYEE,),
    ),
    Attack(
        "send a payment elsewhere under a destination",
        f"UPDATE treasury_instruction SET destination_id = {of_destination('PAYEE-OUT', 'id')};",
        (FIXED,),
    ),
    Attack(
        "change a byte of a file after its approval",
        "UPDATE treasury_paymentfile SET data = set_byte(data, 9, 9) WHERE id ="
        f" {file_of('APPROVED')};",
        (FILE, FILE_DIGEST),
    ),
    Attack(
        "swap the bytes of a file with their digest",
        "UPDATE treasury_paymentfile SET data = '\\x00', digest = encode(sha256('\\x00'), 'hex');",
        (FILE,),
    ),
    Attack("hand over a file that nobody approved", handing_over("WAITING", "carrier"), (FILE,)),
    Attack("take a file that one prepared", handing_over("APPROVED", "officer"), (FILE,)),
    Attack(
        "download a file that is not handed over",
        "INSERT INTO treasury_filedownload (file_id, by_id, at) VALUES"
        f" ({file_of('APPROVED')}, {who('carrier')}, now());",
        (TAKEN,),
    ),
    Attack(
        "hide a download",
        "DELETE FROM treasury_filedownload;",
        (may("DELETE", "treasury_filedownload"), no_append_only("treasury_filedownload")),
    ),
    Attack(
        "put a payment into two files",
        "INSERT INTO treasury_filedpayment (file_id, instruction_id, position, state, reason)"
        f" SELECT {file_of('WAITING')}, instruction_id, 5, 'listed', '' FROM treasury_filedpayment"
        f" WHERE file_id = {file_of('APPROVED')};",
        (FILED, "DROP INDEX treasury_filed_once;"),
    ),
    Attack(
        "free a payment that left in a file",
        f"UPDATE treasury_filedpayment SET state = 'released' WHERE file_id = {file_of('OUT')};",
        (FILED,),
    ),
    Attack(
        "free a rejected payment alone",
        "UPDATE treasury_filedpayment SET state = 'rejected', reason = 'x' WHERE file_id ="
        f" {file_of('OUT')};"
        f"UPDATE treasury_filedpayment SET state = 'released' WHERE file_id = {file_of('OUT')};",
        (FILED,),
    ),
    Attack(
        "queue a refused payment again while its file is out",
        "UPDATE treasury_instruction SET state = 'refused' WHERE reference = 'OUT-F';"
        "UPDATE treasury_instruction SET state = 'ready' WHERE reference = 'OUT-F';",
        (FIXED,),
    ),
    Attack(
        "send a payment of a file that is not handed over",
        "UPDATE treasury_instruction SET state = 'sending' WHERE reference = 'APPROVED-F';",
        (FIXED,),
    ),
    Attack(
        "settle a transfer without confirmations",
        "UPDATE treasury_instruction SET state = 'settled' WHERE reference = 'OUT-F';",
        (FIXED,),
    ),
    Attack(
        "let a transaction carry another payment",
        "UPDATE treasury_chaintransfer SET tx_hash = '0x';",
        (no_trigger("treasury_transfer_guard", "treasury_chaintransfer"),),
    ),
)
