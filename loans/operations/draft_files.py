"""Files of drafts: added and taken off by the institution until the draft is submitted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from loans.models import Draft, DraftFile
from loans.operations.drafts import BadDraft, change, open_draft
from loans.rules import drafts as rules
from together.controls.models import Person
from together.controls.operations.documents import keep_content
from together.controls.rules.documents import media_type
from together.controls.rules.file_names import safe_name


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for a draft: what kind of document it is, its title, and its bytes as they came."""

    kind: str
    title: str
    name: str
    data: bytes


@transaction.atomic(durable=True)
def add(*, draft: Draft, upload: Upload, by: Person, at: datetime) -> DraftFile:
    """
    Add a file to a draft; the same bytes again are the same file.

    :raises BadDraft: if it is of no kind that is filed, has no title, or there are too many
    :raises NotPossibleNow: if the draft is submitted or discarded
    """
    draft = open_draft(draft, by)
    title = upload.title.strip()
    if upload.kind not in dict(rules.DOCUMENTS):
        raise BadDraft(f"kind: {upload.kind[:20]!r} is no kind of document")
    if not title or len(title) > 120:
        raise BadDraft(f"title: {title[:40]!r} must be stated, in up to 120 letters")
    try:
        media_type(upload.name, upload.data)
    except ValueError as fault:
        raise BadDraft(str(fault)) from fault
    sha256 = keep_content(upload.data)
    known = draft.files.filter(content_id=sha256).first()
    if known:
        return known
    if draft.files.count() >= rules.MOST_FILES:
        raise BadDraft(f"file: {draft.number} has {rules.MOST_FILES} files already")
    made = DraftFile.objects.create(
        draft=draft,
        kind=upload.kind,
        title=title,
        name=safe_name(upload.name),
        size=len(upload.data),
        content_id=sha256,
        added_by=by,
        added_at=at,
    )
    change(draft, by, at)
    return made


@transaction.atomic(durable=True)
def remove(*, file: DraftFile, by: Person, at: datetime) -> None:
    """
    Take a file off a draft.

    :raises NotPossibleNow: if the draft is submitted or discarded
    """
    draft = open_draft(file.draft, by)
    draft.files.filter(pk=file.pk).delete()
    change(draft, by, at)
