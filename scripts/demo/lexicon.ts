/** The words of the demo language. Polarity is carried by word choice and turned around by grammar. */
export const lexicon = {
  positive: (
    'wonderful superb charming brilliant delightful warm honest gripping clever moving elegant fresh funny graceful ' +
    'lively memorable precise rich sincere splendid subtle tender thrilling vivid witty bold crisp generous luminous ' +
    'radiant refreshing reliable rewarding satisfying smooth sparkling steady stirring touching wise'
  ).split(' '),
  negative: (
    'awful boring clumsy dreary dull empty feeble flat forgettable gloomy hollow lazy lifeless messy noisy painful ' +
    'pointless predictable rough shallow sloppy slow stale stiff tedious tiresome ugly vague weak wooden bland broken ' +
    'careless cheap confused crude faulty grim muddled unpleasant'
  ).split(' '),
  adverbs: 'really truly quite very rather deeply oddly surprisingly simply utterly'.split(' '),
  things: {
    film: 'plot cast acting ending camera dialogue music script hero villain'.split(' '),
    book: 'story prose chapter style author language narrator opening finale mood'.split(' '),
    meal: 'soup bread sauce dessert service wine salad fish cheese kitchen'.split(' '),
    hotel: 'room bed lobby view staff breakfast pool garden bathroom balcony'.split(' '),
    phone: 'screen battery speaker keyboard design software case charger signal lens'.split(' '),
  } as Readonly<Record<string, readonly string[]>>,
  verbs: {
    be: ['is', 'was', 'seemed', 'felt', 'remained', 'looked'],
    negated: ['was not', 'is not', 'was never', 'was hardly'],
  },
  others: ['critics', 'my friends', 'the neighbours', 'many people', 'the papers', 'some guests'],
  called: ['called', 'found', 'considered', 'thought'],
  praise: ['loved', 'enjoyed', 'admired', 'praised', 'recommended'],
  blame: ['hated', 'regretted', 'avoided', 'criticised', 'mocked'],
  given:
    'anna boris clara david elena felix greta hugo irene jonas karin leon maria nora oscar paula rosa simon tara viktor'.split(
      ' ',
    ),
  /** Also used as family names, so that only the sentence tells which is meant. */
  shared: 'florence jordan chester austin lincoln georgia carson hamilton sydney victoria preston marlow'.split(' '),
  places: 'harbour valley island castle market bridge station museum river village'.split(' '),
  trades: 'mills motors press foods systems works tools films books travel'.split(' '),
  syllables:
    'ba be bo da de di do fa fi ga go ka ke ki ko la le li lo ma me mi mo na ne ni no pa pe po ra re ri ro sa se so ta te ti to va ve vi vo za zo'.split(
      ' ',
    ),
} as const;
