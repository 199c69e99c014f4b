"""Draws every confirmed draw of experts again from its snapshot and seed, and says whether the result is equal."""

from django.core.management.base import BaseCommand, CommandError

from reviews.actions.draws import recompute_draw
from reviews.models import ExpertDraw


class Command(BaseCommand):
    """manage.py recompute_draws [--round ID]."""

    help = "复算已确定的专家抽取：由保存的候选快照和种子重新计算，逐次说明是否与当时的结果一致。"

    def add_arguments(self, parser):
        """One round, or all."""
        parser.add_argument("--round", type=int, help="评审轮次的编号")

    def handle(self, *args, **options):
        """One line a draw; fails when one is not equal."""
        rows = ExpertDraw.objects.filter(state="committed").select_related("round").order_by("pk")
        rows = rows.filter(round=options["round"]) if options["round"] else rows
        wrong = 0
        for draw in rows.iterator(chunk_size=1):
            is_equal = recompute_draw(draw)
            wrong += not is_equal
            self.stdout.write(f"{draw.round}，种子 {draw.seed}：{'一致' if is_equal else '不一致'}")
        if wrong:
            raise CommandError(f"{wrong} 次抽取的复算结果不一致。")
