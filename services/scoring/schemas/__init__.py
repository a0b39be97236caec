"""What the scoring API answers. Numbers are text: 12 decimals, exact fractions beside, 2 decimals to show."""
