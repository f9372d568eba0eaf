import numbers from '../../golden/statistics/statistics.json' with { type: 'json' };

/** What SciPy and statsmodels say; see test/golden/statistics/make.py. */
export const golden = numbers;

export const scoresOf = (name: string): readonly number[] => golden.scores[name as keyof typeof golden.scores];
