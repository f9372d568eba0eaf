/** Plain sentences of several lengths. */
export const sentences: readonly string[] = [
  'A quiet film that says more with one look than others do with an hour of talk.',
  'Dull.',
  'The second act drags, and nobody in the cast seems to know why.',
  'I laughed twice, both times at the subtitles!',
  'Warm, funny and a little sad; the ending stays with you.',
  'It is neither as clever nor as dark as its trailer (or its title) promises.',
  'An old story, told as if for the first time.',
  'Too long by half.',
  'Every frame looks like a postcard, and that is the trouble.',
  'The music alone is worth the ticket.',
  'Nothing happens, slowly.',
  'She carries the picture from the first scene to the last without raising her voice.',
];
