"""The battles of TorchCraftAI's suite beyond the tutorial's: one task, other armies."""

from __future__ import annotations

ROSTERS = (
    "10mr_13zg", "10mu_5co", "15mr_16mr", "15wr_17wr", "1dr_1zl", "1dr_3zg", "1go_2zl", "1mu_3mr", "1st_2zl",
    "1vu_1hy", "1vu_3zg", "2dr-3zl_2dr-3zl", "2dr_3zl", "2hy_1sst", "2mr_1zl", "2vu_7zg", "30zg_10zl", "3dr_10zg",
    "3go_8zl", "3mr_3mr", "3mu_9m3", "3st_7zl", "3vu_11zg", "3vu_3hy", "4hy_2sst", "5mu-20zg_5gl-5vu", "5vu_10zl",
    "6mr_4zl", "7zg_2gl", "8mu_5co", "big_ar", "big_dn", "big_dr", "big_fb", "big_gh", "big_go", "big_hy",
    "big_it", "big_mr", "big_pr", "big_sc", "big_st", "big_sv", "big_ul", "big_vu", "big_wr", "big_zg",
    "big_zl", "conga_ar", "conga_dn", "conga_dr", "conga_fb", "conga_mr", "conga_mu", "conga_pr", "conga_sv",
    "conga_ul", "conga_zg", "conga_zl",
)  # fmt: skip
"""Names, sorted."""
