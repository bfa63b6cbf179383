//! Reads Rust as far as the rules need it: by words and brackets, without a parser.

/// A path in code, without its root.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) line: usize,
    /// Whether a `use` names it.
    pub(crate) imported: bool,
    /// What follows the root: `a::b`, or `a::b as c`.
    pub(crate) segments: String,
}

impl Found {
    pub(crate) fn first(&self) -> &str {
        self.segments.split([':', ' ']).next().unwrap_or_default()
    }

    /// What the file calls it.
    pub(crate) fn local_name(&self) -> &str {
        let path = self.segments.strip_suffix("::self").unwrap_or(&self.segments);
        path.rsplit([':', ' ']).next().unwrap_or_default()
    }
}

/// Every path that begins with `root`; a group is taken apart.
pub(crate) fn paths(code: &str, root: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut import = None;
    for (start, word) in words(code) {
        // `use<..>` says what a hidden type captures.
        if matches!(word, "use" | "extern") && !code[start + word.len()..].starts_with('<') {
            import = Some(start);
        }
        let continued = code[..start].trim_end().strip_suffix("::").is_some_and(|before| before.ends_with(is_word));
        // What a macro writes names things for whoever calls it.
        if word != root || continued || code[..start].ends_with('$') {
            continue;
        }
        let tail = &code[start + word.len()..];
        let imported = import.is_some_and(|from| !code[from..start].contains(';'));
        if imported || tail.trim_start().starts_with("::") {
            let line = line(code, start);
            found.extend(leaves(tail).into_iter().map(|segments| Found { line, imported, segments }));
        }
    }
    found
}

/// The paths that continue with `tail`: `::a::{b, c as d}` is `a::b` and `a::c as d`.
fn leaves(tail: &str) -> Vec<String> {
    let Some(tail) = tail.trim_start().strip_prefix("::").map(str::trim_start) else {
        let alias = tail.trim_start().strip_prefix("as ").and_then(|alias| words(alias).next());
        return vec![alias.map(|(_, name)| format!(" as {name}")).unwrap_or_default()];
    };
    if tail.starts_with('{') {
        let group = &tail[1..block_length(tail).saturating_sub(1)];
        return top_level_parts(group).flat_map(|part| leaves(&format!("::{part}"))).collect();
    }
    let end = if tail.starts_with('*') { 1 } else { tail.find(|c| !is_word(c)).unwrap_or(tail.len()) };
    let (name, tail) = tail.split_at(end);
    let separator = if tail.trim_start().starts_with("::") { "::" } else { "" };
    leaves(tail).into_iter().map(|leaf| format!("{name}{separator}{leaf}")).collect()
}

/// The parts of a group, between the commas that are not in a group of their own.
fn top_level_parts(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let parts = group.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// What others see of an item or a field whose text after `pub` this is.
pub(crate) fn signature(item: &str) -> &str {
    if item.starts_with('(') {
        return "";
    }
    let modifiers = ["const", "async", "unsafe", "extern"];
    let kind = words(item).map(|(_, word)| word).find(|word| !modifiers.contains(word)).unwrap_or_default();
    let end = match kind {
        "trait" | "enum" => Some(item_length(item)),
        "use" | "type" | "static" => item.find(';'),
        "struct" | "union" => item.find(['{', '(', ';']),
        "fn" => opening(item),
        _ => [item.find([';', '{', '}']), item.find(",\n")].into_iter().flatten().min(),
    };
    &item[..end.unwrap_or(item.len())]
}

/// The code with everything under `#[cfg(test)]` blanked.
pub(crate) fn without_tests(code: &str) -> String {
    const TEST: &str = "#[cfg(test)]";
    let mut code = code.to_owned();
    while let Some(start) = code.find(TEST) {
        let end = start + TEST.len() + item_length(&code[start + TEST.len()..]);
        let blank = blank(&code[start..end]);
        code.replace_range(start..end, &blank);
    }
    code
}

/// The length of an item: up to its `;`, or to the end of its block.
pub(crate) fn item_length(item: &str) -> usize {
    let Some(start) = opening(item) else { return item.len() };
    if item[start..].starts_with('{') { start + block_length(&item[start..]) } else { start + 1 }
}

/// Where an item's block begins, or its `;`; one in brackets, as in `[u8; 4]`, is not it.
fn opening(item: &str) -> Option<usize> {
    let mut depth = 0;
    item.find(|c| {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        depth == 0 && matches!(c, '{' | ';')
    })
}

/// The length of the block that the text begins with.
fn block_length(text: &str) -> usize {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    end.map_or(text.len(), |end| end + 1)
}

/// The text with comments and literals blanked. Lines stay where they are.
pub(crate) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let skipped = comment_length(rest).or_else(|| literal_length(rest, code.ends_with(is_word)));
        if let Some(length) = skipped {
            code.push_str(&blank(&rest[..length]));
        } else {
            code.push(next);
        }
        rest = &rest[skipped.unwrap_or(next.len_utf8())..];
    }
    code
}

fn comment_length(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let comment = rest.strip_prefix("/*")?;
    let mut depth = 1;
    for (start, _) in comment.match_indices(['*', '/']) {
        depth += i32::from(comment[start..].starts_with("/*")) - i32::from(comment[start..].starts_with("*/"));
        if depth == 0 {
            return Some(start + 4);
        }
    }
    Some(rest.len())
}

fn literal_length(rest: &str, in_word: bool) -> Option<usize> {
    if let Some(string) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = string.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        return Some(end.map_or(rest.len(), |end| end + 2));
    }
    if let Some(character) = rest.strip_prefix('\'') {
        let first = character.chars().next()?.len_utf8();
        if character.starts_with('\\') {
            return character[2..].find('\'').map(|end| end + 4);
        }
        return character[first..].starts_with('\'').then_some(first + 2);
    }
    let raw = ["br", "cr", "r"].iter().find_map(|prefix| rest.strip_prefix(prefix)).filter(|_| !in_word)?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let string = raw[hashes..].strip_prefix('"')?;
    let closing = format!("\"{}", "#".repeat(hashes));
    string.find(&closing).map(|end| rest.len() - string.len() + end + closing.len())
}

fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { ' ' }).collect()
}

/// The words of code, each with where it begins.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    let pieces = code.split_inclusive(|c| !is_word(c)).map(move |piece| {
        let start = end;
        end += piece.len();
        (start, piece.trim_end_matches(|c| !is_word(c)))
    });
    pieces.filter(|(_, word)| !word.is_empty())
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The number of the line that holds an offset.
pub(crate) fn line(code: &str, offset: usize) -> usize {
    code[..offset].matches('\n').count() + 1
}
