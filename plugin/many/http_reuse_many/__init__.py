"""What http-reuse-many is made of, beside the tasks that it sends to workers.

SPDX-License-Identifier: GPL-2.0-or-later
"""
