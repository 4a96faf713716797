"""The role of a feed of market data, and stages of approval: what is accepted, and entries."""

from django.db import migrations, models

from together.controls.rules.authority import STAGES

KINDS = ("market.policy", "market.entry")


def write_stages(apps, schema_editor):
    """Write the new rows; a database made today has them already."""
    stage = apps.get_model("controls", "AuthorityStage")
    for s in STAGES:
        if s.kind in KINDS:
            stage.objects.using(schema_editor.connection.alias).get_or_create(
                kind=s.kind, number=s.number, defaults={"role": s.role, "above": s.above}
            )


def remove_stages(apps, schema_editor):
    """Take them away again."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).filter(kind__in=KINDS).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0012_stages_of_screening'),
    ]

    operations = [
        migrations.AlterField(
            model_name='rolegrant',
            name='role',
            field=models.CharField(choices=[('loan_officer', 'Loan officer'), ('credit_checker', 'Credit checker'), ('committee', 'Credit committee'), ('claims_officer', 'Claims officer'), ('claims_approver', 'Claims approver'), ('treasury_officer', 'Treasury officer'), ('treasury_approver', 'Treasury approver'), ('compliance', 'Compliance'), ('security_administrator', 'Security administrator'), ('auditor', 'Auditor'), ('market_feed', 'Market data feed'), ('institution_admin', 'Institution: Admin'), ('institution_manager', 'Institution: Manager'), ('institution_viewer', 'Institution: Viewer')], max_length=30),
        ),
        migrations.AlterField(
            model_name='rolegrantevent',
            name='role',
            field=models.CharField(choices=[('loan_officer', 'Loan officer'), ('credit_checker', 'Credit checker'), ('committee', 'Credit committee'), ('claims_officer', 'Claims officer'), ('claims_approver', 'Claims approver'), ('treasury_officer', 'Treasury officer'), ('treasury_approver', 'Treasury approver'), ('compliance', 'Compliance'), ('security_administrator', 'Security administrator'), ('auditor', 'Auditor'), ('market_feed', 'Market data feed'), ('institution_admin', 'Institution: Admin'), ('institution_manager', 'Institution: Manager'), ('institution_viewer', 'Institution: Viewer')], max_length=30),
        ),
        migrations.RunPython(write_stages, remove_stages),
    ]
