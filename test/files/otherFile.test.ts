import { expect, it } from 'vitest';
import { otherFile } from '../../extension/files/otherFile.ts';

const what = (text: string): string | undefined => otherFile(Buffer.from(text))?.what;

it.each([
  ['<!DOCTYPE html>\n<html lang="en"><head>', 'a web page'],
  ['\ufeff\n <!doctype HTML PUBLIC "-//W3C//DTD">', 'a web page'],
  ['<html class="a b">\n  <head>\n', 'a web page'],
  ['<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>', 'an error of a server'],
  ['404: Not Found', 'an error of a server'],
  ['{"error":"Repository not found"}\n', 'an error of a server'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'a pointer of Git LFS'],
])('tells what a download left in place of a file: %j', (text, expected) => {
  expect(what(text)).toBe(expected);
});

it.each([
  '<html>\tO\n<head>\tO\n',
  '<!doctype\tO\n',
  '<html> is a tag\n',
  '{"error":"Repository not found"}\n{"error":"no"}\n',
  'Entry not found in the book\n',
  '404: Not Found,1\n',
  '<s>\n<pad>\n',
])('takes as data what may be data: %j', (text) => {
  expect(what(text)).toBeUndefined();
});
