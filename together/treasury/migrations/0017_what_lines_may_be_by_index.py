"""
What a line of a statement may be is found by index, however many payments an account has.

* by the plain reference of a payment or of its batch, by its payee's account, or by its amount;
* in return nothing is kept in an index for what is not there: payments of many have no destination
  that is registered, and few matches undo another one. One match is undone once, as before.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0016_proofs_follow_one_another'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='instruction',
            name='destination',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='treasury.destination'),
        ),
        migrations.AlterField(
            model_name='match',
            name='undoes',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='treasury.match'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(models.Func(models.F('number'), function='treasury_plain', output_field=models.TextField()), name='treasury_batch_said'),
        ),
        migrations.AddIndex(
            model_name='destination',
            index=models.Index(models.Func(models.F('identifier'), function='treasury_plain', output_field=models.TextField()), name='treasury_destination_said'),
        ),
        migrations.AddIndex(
            model_name='instruction',
            index=models.Index(condition=models.Q(('destination__isnull', False)), fields=['destination'], name='treasury_instruction_to'),
        ),
        migrations.AddIndex(
            model_name='instruction',
            index=models.Index(models.Func(models.F('reference'), function='treasury_plain', output_field=models.TextField()), name='treasury_instruction_said'),
        ),
        migrations.AddIndex(
            model_name='instruction',
            index=models.Index(models.Func(models.F('payee'), function='treasury_plain', output_field=models.TextField()), condition=models.Q(('destination', None)), name='treasury_instruction_payee'),
        ),
        migrations.AddIndex(
            model_name='instruction',
            index=models.Index(fields=['amount'], name='treasury_instruction_amount'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(condition=models.Q(('undoes__isnull', False)), fields=('undoes',), name='treasury_undone_once'),
        ),
    ]
