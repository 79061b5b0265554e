#include "base/embedded.hpp"
#include "reports/composing.hpp"
#include "reports/repair/anonymous.hpp"
#include "reports/reports.hpp"
#include "reports/words.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <initializer_list>

namespace tocsin::reports {
namespace {

namespace document = formats::document;
using document::Span;
using document::Text;

/// "1,234.5" as the language writes it.
std::string number_in(std::string_view language, double value, int decimals) {
    bool const has_comma = language == "fr" || language == "es" || language == "ru";
    std::string_view const thousands = has_comma ? "\u00a0" : ",";
    auto const plain = fmt::format("{:.{}f}", std::abs(value), decimals);
    auto const whole = plain.substr(0, plain.find('.'));
    std::string out = value < 0 ? "-" : "";
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (i > 0 && (whole.size() - i) % 3 == 0 && whole.size() > 4) out += thousands;
        out += whole[i];
    }
    if (decimals > 0) out += (has_comma ? "," : ".") + plain.substr(plain.find('.') + 1);
    return out;
}

/// What a section of a report is made of.
struct Section {
    std::string_view heading;
    std::string_view statement = {};  ///< empty: nobody writes here
    std::vector<std::string_view> figures = {};
    std::vector<std::string_view> charts = {}, tables = {};
};

std::vector<Section> annual_sections() {
    return {
        {"constituency", "", {"constituency.organisations", "constituency.resources", "constituency.contacts"}},
        {"seen", "", {"feeds.alive", "events.seen"}, {"events.by_month"}},
        {"repair",
         "",
         {"findings.opened", "findings.repaired", "findings.open", "findings.days_to_repair", "findings.repaired_in_7",
          "findings.repaired_in_30", "findings.repaired_in_90"},
         {"findings.by_month"},
         {"findings.by_type", "findings.by_sector"}},
        {"warnings", "", {"warnings.sent", "warnings.organisations", "warnings.hours", "warnings.answered"}},
        {"sharing",
         "",
         {"sharing.held", "sharing.received", "sharing.made", "sharing.given", "sharing.partners", "sharing.peers",
          "sharing.matches"}},
        {"readiness",
         "strengthened",
         {"readiness.assessments", "readiness.steps_done", "readiness.documents", "readiness.trainings"},
         {},
         {"readiness.assessments"}},
        {"exercised", "exercised"},
        {"next", "next"},
    };
}

std::vector<Section> resolution_58_sections() {
    return {
        {"established",
         "established",
         {"constituency.organisations", "constituency.resources", "readiness.assessments", "readiness.documents"}},
        {"strengthened", "strengthened", {"readiness.steps_done"}, {}, {"readiness.assessments"}},
        {"shared", "", {"sharing.peers", "sharing.received", "sharing.given", "sharing.partners", "sharing.matches"}},
        {"repair",
         "",
         {"findings.opened", "findings.repaired", "findings.days_to_repair", "warnings.sent", "warnings.organisations",
          "warnings.answered"},
         {"findings.by_month"}},
        {"exercised", "exercised", {"readiness.trainings"}},
        {"support_given", "support_given"},
        {"support_needed", "support_needed"},
        {"missing", "", {}, {}, {"register.gaps"}},
        {"next", "next"},
    };
}

std::vector<Section> statistics_sections() {
    return {
        {"repair",
         "",
         {"statistics.organisations", "findings.opened", "findings.repaired", "findings.open",
          "findings.days_to_repair", "findings.repaired_in_7", "findings.repaired_in_30", "findings.repaired_in_90"},
         {"findings.by_month"},
         {"findings.by_month", "findings.by_type", "findings.by_sector", "findings.by_severity"}}};
}

document::Format document_format(std::string_view name) {
    return document::format_named(name).value_or(document::Format::html);
}

/// Makes the document of one report in one language.
class Composing {
  public:
    Composing(gate::Cleared<Report> const& report, Publication const* how, Words const& words)
        : cleared_(report), how_(how), words_(words) {}

    document::Document run() {
        auto const& report = *cleared_;
        document_.language = document::language_named(words_.language()).value_or(document::Language::en);
        document_.title = words_.get(how_ ? "title.statistics" : fmt::format("title.{}", name_of(report.kind)));
        document_.meta = fmt::format("{} · {} · {} · {}", report.team, period(), date(), audience());
        document_.marking = gate::label_of(cleared_.marking().tlp);
        document_.author = report.team;
        document_.created = report.made;
        heading("summary");
        statement("summary", false);
        if (how_)
            key_figures({"findings.opened", "findings.repaired", "findings.days_to_repair", "findings.repaired_in_30"});
        else
            key_figures({"findings.opened", "findings.repaired", "warnings.sent", "sharing.given"});
        for (auto const& section : sections()) add(section);
        method();
        if (how_) links();
        return std::move(document_);
    }

  private:
    /// Between Arabic letters a date's hyphens would turn its parts around; slashes do not (UAX 9, rule W4).
    std::string day(Timestamp at) const {
        auto const text = format_date(at);
        return words_.is_right_to_left() ? replaced(text, "-", "/") : text;
    }
    std::string period() const {
        auto const first = day(cleared_->period.from);
        auto const last = day(cleared_->period.before - std::chrono::hours(24));
        return words_.fill("head.period", {{"from", first}, {"to", last}});
    }
    std::string date() const { return words_.fill("head.made", {{"date", day(cleared_->made)}}); }
    std::string audience() const {
        return std::string(words_.get(fmt::format("audience.{}", name_of(cleared_->audience))));
    }

    std::string number(std::optional<double> value, Unit unit) const {
        if (!value) return std::string(words_.get("word.no_records"));
        auto const is_whole = *value == std::round(*value) && unit != Unit::level;
        auto text = number_in(words_.language(), *value, is_whole ? 0 : unit == Unit::level ? 2 : 1);
        return unit == Unit::percent ? text + "\u00a0%" : text;
    }
    Text linked(std::optional<double> value, Unit unit, std::string_view path) const {
        Span span{.text = number(value, unit), .is_missing = !value};
        if (value && !path.empty() && !cleared_->base.empty()) span.link = cleared_->base + std::string(path);
        return {std::move(span)};
    }

    void heading(std::string_view id) {
        document_.blocks.emplace_back(
            document::Heading{.level = 1, .text = document::plain(words_.get(fmt::format("heading.{}", id)))});
    }

    /// What somebody wrote, in this language, else in any.
    void statement(std::string_view section, bool is_expected) {
        Statement const* found = nullptr;
        for (auto const& one : cleared_->statements)
            if (one.section == section && (!found || one.language == words_.language())) found = &one;
        if (found) {
            for (auto& block : document::parse_markup(found->text)) document_.blocks.push_back(std::move(block));
        } else if (is_expected) {
            document_.blocks.emplace_back(document::Paragraph{
                .text = {{.text = std::string(words_.get("word.not_written")), .is_missing = true}}});
        }
    }

    void key_figures(std::initializer_list<std::string_view> ids) {
        document::KeyFigures row;
        for (auto const id : ids)
            if (auto const* const figure = cleared_->figure(id))
                row.figures.push_back({.value = number(figure->value, figure->unit),
                                       .label = std::string(words_.get(fmt::format("figure.{}", id)))});
        document_.blocks.emplace_back(std::move(row));
    }

    void figures(std::vector<std::string_view> const& ids) {
        document::Table table{.columns = {{.title = column("what")}, {.title = column("number"), .is_numeric = true}}};
        for (auto const id : ids)
            if (auto const* const figure = cleared_->figure(id))
                table.rows.push_back({document::plain(words_.get(fmt::format("figure.{}", id))),
                                      linked(figure->value, figure->unit, figure->link)});
        if (!table.rows.empty()) document_.blocks.emplace_back(std::move(table));
    }

    std::string column(std::string_view id) const { return std::string(words_.get(fmt::format("column.{}", id))); }

    void chart(std::string_view id) {
        auto const* const table = cleared_->table(id);
        if (!table || table->lines.empty()) return;
        for (auto const& line : table->lines)  // what is left out is no zero
            for (auto const& value : line.values)
                if (!value || line.key == folded_key) return;
        document::Chart chart{.title = std::string(words_.get(fmt::format("table.{}", id)))};
        for (auto const& name : table->columns) chart.series.push_back({.name = column(name)});
        for (auto const& line : table->lines) {
            chart.labels.push_back(line.key);
            for (std::size_t i = 0; i < line.values.size(); ++i)
                chart.series[i].values.push_back(line.values[i].value_or(0));
        }
        document_.blocks.emplace_back(std::move(chart));
    }

    std::string name_of_line(Line const& line) const {
        if (line.key == folded_key || (line.key == "other" && !line.words.empty() && !how_))
            return std::string(words_.get("word.other"));
        if (line.words == "sector" && line.key.empty()) return std::string(words_.get("word.no_sector"));
        if (!line.names.is_empty()) {
            auto const at = std::ranges::find(readiness::languages, words_.language()) - readiness::languages.begin();
            return line.names.in[static_cast<std::size_t>(at)];
        }
        auto const key = fmt::format("{}.{}", line.words, line.key);
        if (words_.has(key)) return std::string(words_.get(key));
        return line.words == "type" ? title_of_note(line.key) : line.key;
    }

    /// A class that reports have no word for is called as its remediation note is.
    std::string title_of_note(std::string const& type) const {
        auto const note = embedded::find(fmt::format("texts/remediation/class-{}.{}.md", type, words_.language()));
        auto const first = note ? note->substr(0, note->find('\n')) : std::string_view();
        return first.starts_with("# ") ? std::string(first.substr(2)) : type;
    }

    void table(std::string_view id) {
        auto const* const from = cleared_->table(id);
        if (!from) return;
        document::Table table{.caption = std::string(words_.get(fmt::format("table.{}", id)))};
        table.columns.push_back({.title = column(fmt::format("line.{}", id))});
        for (auto const& name : from->columns) table.columns.push_back({.title = column(name), .is_numeric = true});
        for (auto const& line : from->lines) {
            std::vector<Text> row{document::plain(name_of_line(line))};
            for (std::size_t i = 0; i < line.values.size(); ++i)
                row.push_back(linked(line.values[i], from->units.empty() ? Unit::count : from->units[i], line.link(i)));
            table.rows.push_back(std::move(row));
        }
        if (table.rows.empty())
            document_.blocks.emplace_back(document::Paragraph{
                .text = {{.text = fmt::format("{}: {}", table.caption, words_.get("word.no_records"))}}});
        else
            document_.blocks.emplace_back(std::move(table));
    }

    void add(Section const& section) {
        heading(section.heading);
        if (!section.statement.empty()) statement(section.statement, true);
        figures(section.figures);
        for (auto const id : section.charts) chart(id);
        for (auto const id : section.tables) table(id);
    }

    /// The page in the other languages, and its numbers for machines.
    void links() {
        if (cleared_->base.empty()) return;
        Text text;
        auto const link = [&](std::string name, std::string path) {
            if (!text.empty()) text.push_back({.text = " · "});
            text.push_back({.text = std::move(name), .link = cleared_->base + path});
        };
        for (auto const language : readiness::languages)
            if (auto const words = Words::of(language); words && language != words_.language())
                link(std::string((*words)->get("language")), fmt::format("/statistics?language={}", language));
        link("JSON", "/statistics.json");
        link("CSV", "/statistics.csv");
        document_.blocks.emplace_back(document::Paragraph{.text = std::move(text)});
    }

    std::vector<Section> sections() const {
        if (how_) return statistics_sections();
        return cleared_->kind == Kind::annual ? annual_sections() : resolution_58_sections();
    }

    std::vector<std::string_view> methods() const {
        if (how_) return {"counted", "survival", "organisations", "marked"};
        if (cleared_->kind == Kind::annual) return {"counted", "medians", "few", "red", "no_records"};
        return {"counted", "medians", "few", "red", "no_records", "claims"};
    }

    void method() {
        heading("method");
        document::List list;
        auto const fewest = std::to_string(how_ ? how_->fewest : fewest_shown);
        auto const marking = std::string(gate::label_of(how_ ? how_->strictest : cleared_.marking().tlp));
        for (auto const id : methods()) {
            if (id == "few" && cleared_->audience == Audience::ministry) continue;
            list.items.push_back(
                document::plain(words_.fill(fmt::format("method.{}", id), {{"n", fewest}, {"tlp", marking}})));
        }
        document_.blocks.emplace_back(std::move(list));
    }

    gate::Cleared<Report> const& cleared_;
    Publication const* how_;
    Words const& words_;
    document::Document document_;
};

}  // namespace

std::string_view name_of(Format format) {
    constexpr std::string_view names[] = {"json", "csv", "md", "html", "pdf", "docx"};
    return names[static_cast<std::size_t>(format)];
}
std::optional<Format> format_named(std::string_view name) {
    for (auto const format : {Format::json, Format::csv, Format::markdown, Format::html, Format::pdf, Format::docx})
        if (name == name_of(format)) return format;
    return std::nullopt;
}

std::string_view media_type_of(Format format) {
    if (format == Format::json) return "application/json";
    if (format == Format::csv) return "text/csv; charset=utf-8";
    return document::media_type_of(document_format(name_of(format)));
}

Result<std::string> render(gate::Cleared<Report> const& report, std::string_view language, Format format) {
    if (format == Format::json) return as_json(report) + "\n";
    if (format == Format::csv) return as_csv(report);
    return compose(report, nullptr, language, format);
}

Result<std::string> compose(gate::Cleared<Report> const& report, Publication const* how, std::string_view language,
                            Format format) {
    TRY(auto const* const words, Words::of(language));
    return document::written_as(document_format(name_of(format)), Composing(report, how, *words).run());
}

}  // namespace tocsin::reports
