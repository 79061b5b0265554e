#include "formats/document/document.hpp"
#include "notifications/channels/channel.hpp"
#include "notifications/render.hpp"
#include "notifications/texts.hpp"

/// A warning on paper, for owners without mail.
namespace tocsin::notifications {
namespace {

namespace paper = formats::document;

constexpr std::size_t most_rows = 500;

paper::Text verbatim(std::string_view text) {
    return {{.text = std::string(text), .is_verbatim = true}};
}

paper::Table table_of(Texts const& texts, std::vector<Line> const& lines) {
    paper::Table table;
    table.columns = {{.title = std::string(texts.get("letter.severity"))},
                     {.title = std::string(texts.get("letter.place"))},
                     {.title = std::string(texts.get("letter.what"))},
                     {.title = std::string(texts.get("mail.first"))},
                     {.title = std::string(texts.get("mail.last"))}};
    for (std::size_t i = 0; i < std::min(lines.size(), most_rows); ++i) {
        auto const& line = lines[i];
        auto const severity = severity_rank(line.severity) > 4 ? std::string("none") : line.severity;
        table.rows.push_back({paper::plain(texts.get("severity." + severity)), verbatim(place_of(line)),
                              paper::plain(note_for(line.identifier, line.type, texts.code()).title),
                              verbatim(minute_text(line.first_seen)), verbatim(minute_text(line.last_seen))});
    }
    return table;
}

void add_notes(std::vector<paper::Block>& blocks, Texts const& texts, std::vector<Line> const& lines) {
    blocks.emplace_back(paper::Heading{.level = 1, .text = paper::plain(texts.get("mail.repair"))});
    std::string last;
    for (auto const& line : lines) {
        auto const name = line.identifier + "/" + line.type;
        if (name == last) continue;
        last = name;
        auto const note = remediation(line.identifier, line.type, texts.code());
        auto const title_end = note.find('\n');
        auto const title = std::string_view(note).substr(0, title_end);
        blocks.emplace_back(
            paper::Heading{.level = 2, .text = paper::plain(title.starts_with("# ") ? title.substr(2) : title)});
        if (title_end == std::string::npos) continue;
        for (auto& block : paper::parse_markup(std::string_view(note).substr(title_end)))
            blocks.push_back(std::move(block));
    }
}

}  // namespace

Result<std::string> letter_pdf(Dispatch const& dispatch) {
    auto const& texts = Texts::of(dispatch.language);
    auto const& digest = *dispatch.digest;
    auto const tlp = digest.decision().marking.tlp;
    auto const& team = *dispatch.settings;
    paper::Document letter;
    letter.language = paper::language_named(texts.code()).value_or(paper::Language::en);
    letter.title = dispatch.subject;
    letter.meta = fmt::format("{} · {} · {}", team.team_name, format_date(dispatch.created), dispatch.to);
    letter.marking = gate::label_of(tlp);
    letter.author = team.team_name;
    letter.created = dispatch.created;
    auto& blocks = letter.blocks;
    auto const add = [&](std::string_view text) { blocks.emplace_back(paper::Paragraph{paper::plain(text)}); };
    add(texts.fill("mail.greeting", {{"organisation", digest->organisation_name}}));
    add(texts.get("letter.intro"));
    blocks.emplace_back(table_of(texts, digest->lines));
    if (digest->lines.size() > most_rows)
        add(texts.fill("letter.more", {{"n", std::to_string(digest->lines.size() - most_rows)}}));
    add_notes(blocks, texts, digest->lines);
    blocks.emplace_back(paper::Heading{.level = 1, .text = paper::plain(texts.get("mail.answer"))});
    add(texts.fill("letter.answer", {{"email", team.answers_to()}, {"expires", format_date(dispatch.link_expires)}}));
    blocks.emplace_back(paper::Paragraph{verbatim(dispatch.link)});
    add(texts.get("mail.times_note"));
    add(texts.fill("mail.from_team", {{"team", team.team_name}}));
    return paper::to_pdf(letter);
}

}  // namespace tocsin::notifications
