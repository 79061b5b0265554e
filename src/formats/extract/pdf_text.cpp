#include "formats/extract/pdf_text.hpp"

#include "formats/charset.hpp"
#include "formats/extract/pdf_font.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <set>
#include <tuple>

namespace tocsin::formats {
namespace pdf {
namespace {

constexpr int deepest_form = 8;
constexpr std::size_t most_saved = 64;
constexpr std::size_t most_operands = 512;
constexpr std::size_t most_tree_nodes = 200'000;

/// An affine map of the plane, as in section 8.3.3.
struct Matrix {
    double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;

    /// First this, then `next`.
    Matrix then(Matrix const& next) const {
        return {a * next.a + b * next.c, a * next.b + b * next.d,          c * next.a + d * next.c,
                c * next.b + d * next.d, e * next.a + f * next.c + next.e, e * next.b + f * next.d + next.f};
    }
};

Matrix matrix_of(std::vector<Object> const& items) {
    if (items.size() < 6) return {};
    auto const* const last = &items[items.size() - 6];
    return {last[0].number, last[1].number, last[2].number, last[3].number, last[4].number, last[5].number};
}

/// Places shown text into lines: what is drawn behind the last character goes on, with a space or tab for a gap; what
/// is drawn elsewhere starts a line.
class Lines {
  public:
    Lines(std::string& out, std::size_t most) : out_(out), most_(most) {}

    void move_to(Matrix const& at, double size) {
        if (out_.empty() || fresh_) {
            fresh_ = false;
            return;
        }
        double const length = std::hypot(at.a, at.b);
        double const em = std::max(size * length, 1e-9);
        double const along_x = length > 0 ? at.a / length : 1, along_y = length > 0 ? at.b / length : 0;
        double const x = at.e - end_x_, y = at.f - end_y_;
        double const along = (x * along_x + y * along_y) / em, across = (y * along_x - x * along_y) / em;
        constexpr double same_line = 0.5, word_gap = 0.18, column_gap = 1.5, back = -0.9;
        bool const turned = along_x * last_x_ + along_y * last_y_ < 0.9;
        if (turned || std::abs(across) > same_line || along < back)
            separate('\n');
        else if (along > column_gap)
            separate('\t');
        else if (along > word_gap)
            separate(' ');
    }
    void put(std::string_view text) {
        text = without_ligature(text);
        for (char const c : text)
            if (static_cast<unsigned char>(c) >= 0x20 && out_.size() < most_) out_ += c;
    }
    void end_at(Matrix const& at) {
        end_x_ = at.e;
        end_y_ = at.f;
        double const length = std::hypot(at.a, at.b);
        last_x_ = length > 0 ? at.a / length : 1;
        last_y_ = length > 0 ? at.b / length : 0;
    }
    void new_page() {
        if (!out_.empty() && out_.back() != '\n') out_ += '\n';
        fresh_ = true;
    }
    bool is_full() const { return out_.size() >= most_; }

  private:
    /// U+FB00 to U+FB06 as the letters they join: an "office" drawn with one glyph for "ffi" is still that word.
    static std::string_view without_ligature(std::string_view text) {
        constexpr std::array<std::string_view, 7> letters = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
        if (text.size() != 3 || !text.starts_with("\xEF\xAC")) return text;
        auto const which = static_cast<unsigned char>(text[2]) - 0x80U;
        return which < letters.size() ? letters[which] : text;
    }
    void separate(char with) {
        if (out_.empty() || out_.back() == '\n' || out_.back() == '\t') return;
        if (out_.back() == ' ' && with == ' ') return;
        if (out_.back() == ' ') out_.pop_back();
        out_ += with;
    }

    std::string& out_;
    std::size_t most_;
    bool fresh_ = true;
    double end_x_ = 0, end_y_ = 0, last_x_ = 1, last_y_ = 0;
};

struct TextState {
    std::shared_ptr<Font> font;
    double size = 0, character_spacing = 0, word_spacing = 0, scale = 1, leading = 0, rise = 0;
};

/// Runs content streams (section 7.8.2) for the sake of the text they show.
class Interpreter {
  public:
    Interpreter(File& file, PdfLimits const& limits, PdfText& out)
        : file_(file), limits_(limits), out_(out), lines_(out.text, limits.text) {}

    void page(Object const& page, Object const& resources);
    bool is_spent() const { return operators_ >= limits_.operators || lines_.is_full(); }

  private:
    /// What the names in a content stream stand for.
    struct Names {
        Object fonts, forms;
    };
    void run(std::string_view content, Names const& names, int depth);
    void apply(std::string_view name, Names const& names, int depth);
    void apply_text(std::string_view name, Names const& names);
    Names names_of(Object const& resources) { return {file_.get(resources, "Font"), file_.get(resources, "XObject")}; }
    /// A look-up costs what it costs.
    Object const& named(Object const& dictionary, std::string_view name) {
        operators_ += dictionary.items.size() / 8;
        return dictionary[name];
    }
    void skip_inline_image(Lexer& lexer);
    void draw_form(Names const& names, int depth);
    void choose_font(Names const& names);
    void show(std::string_view shown);
    void show_array(Object const& array);
    void next_line(double x, double y);
    double operand(std::size_t from_end) const {
        return from_end < operands_.size() ? operands_[operands_.size() - 1 - from_end].number : 0;
    }

    File& file_;
    PdfLimits const& limits_;
    PdfText& out_;
    Lines lines_;
    std::map<std::uint32_t, std::shared_ptr<Font>> fonts_;
    std::vector<Object> operands_;
    std::vector<Glyph> glyphs_;
    std::vector<std::pair<Matrix, TextState>> saved_;
    Matrix matrix_, text_, line_;
    TextState state_;
    std::size_t operators_ = 0;
};

void Interpreter::page(Object const& page, Object const& resources) {
    out_.page_starts.push_back(out_.text.size());
    matrix_ = text_ = line_ = Matrix{};
    state_ = TextState{};
    saved_.clear();
    std::string content;
    auto const add = [&](Object const& part) {
        if (auto const stream = file_.stream(part)) content += stream->bytes + "\n";
    };
    auto const& contents = page["Contents"];
    add(contents);
    if (content.empty())
        for (auto const& part : file_.resolved(contents).items) add(part);
    run(content, names_of(resources), 0);
    lines_.new_page();
}

void Interpreter::run(std::string_view content, Names const& names, int depth) {
    Lexer lexer(content);
    operands_.clear();
    while (!is_spent()) {
        auto object = lexer.next(false);
        if (object.is(Object::Kind::end)) return;
        if (!object.is(Object::Kind::keyword)) {
            if (operands_.size() < most_operands) operands_.push_back(std::move(object));
            continue;
        }
        ++operators_;
        if (object.text == "BI")
            skip_inline_image(lexer);
        else
            apply(object.text, names, depth);
        operands_.clear();
    }
}

/// From BI to the EI that stands alone behind the image's bytes (section 8.9.7).
void Interpreter::skip_inline_image(Lexer& lexer) {
    auto const rest = lexer.rest();
    for (auto at = rest.find("EI"); at != std::string_view::npos; at = rest.find("EI", at + 2)) {
        bool const before = at > 0 && is_pdf_space(rest[at - 1]);
        bool const after = at + 2 == rest.size() || is_pdf_space(rest[at + 2]);
        if (before && after) return lexer.go_to(lexer.at() + at + 2);
    }
    lexer.go_to(lexer.at() + rest.size());
}

void Interpreter::apply(std::string_view name, Names const& names, int depth) {
    if (name == "q") {
        if (saved_.size() < most_saved) saved_.emplace_back(matrix_, state_);
    } else if (name == "Q") {
        if (saved_.empty()) return;
        std::tie(matrix_, state_) = std::move(saved_.back());
        saved_.pop_back();
    } else if (name == "cm") {
        matrix_ = matrix_of(operands_).then(matrix_);
    } else if (name == "Do") {
        if (depth < deepest_form) draw_form(names, depth);
    } else {
        apply_text(name, names);
    }
}

void Interpreter::apply_text(std::string_view name, Names const& names) {
    if (name == "BT") {
        text_ = line_ = Matrix{};
    } else if (name == "Tm") {
        text_ = line_ = matrix_of(operands_);
    } else if (name == "Td" || name == "TD") {
        if (name == "TD") state_.leading = -operand(0);
        next_line(operand(1), operand(0));
    } else if (name == "T*") {
        next_line(0, -state_.leading);
    } else if (name == "Tf") {
        choose_font(names);
    } else if (name == "Tj") {
        if (!operands_.empty()) show(operands_.back().text);
    } else if (name == "TJ") {
        if (!operands_.empty()) show_array(operands_.back());
    } else if (name == "'" || name == "\"") {
        if (name == "\"" && operands_.size() >= 3) {
            state_.word_spacing = operand(2);
            state_.character_spacing = operand(1);
        }
        next_line(0, -state_.leading);
        if (!operands_.empty()) show(operands_.back().text);
    } else if (name == "Tc") {
        state_.character_spacing = operand(0);
    } else if (name == "Tw") {
        state_.word_spacing = operand(0);
    } else if (name == "Tz") {
        state_.scale = operand(0) / 100;
    } else if (name == "TL") {
        state_.leading = operand(0);
    } else if (name == "Ts") {
        state_.rise = operand(0);
    }
}

void Interpreter::next_line(double x, double y) {
    line_ = Matrix{1, 0, 0, 1, x, y}.then(line_);
    text_ = line_;
}

void Interpreter::choose_font(Names const& names) {
    if (operands_.size() < 2) return;
    state_.size = operand(0);
    auto const& reference = named(names.fonts, operands_[operands_.size() - 2].text);
    auto const number = reference.is(Object::Kind::reference) ? static_cast<std::uint32_t>(reference.number) : 0;
    if (auto const found = fonts_.find(number); number != 0 && found != fonts_.end()) {
        state_.font = found->second;
        return;
    }
    auto const dictionary = file_.resolved(reference);
    state_.font = dictionary.is(Object::Kind::dictionary) ? std::make_shared<Font>(file_, dictionary) : nullptr;
    constexpr std::size_t most_fonts = 2000;
    if (number != 0 && fonts_.size() < most_fonts) fonts_[number] = state_.font;
}

void Interpreter::show(std::string_view shown) {
    if (!state_.font) {
        out_.characters_unreadable += shown.size();
        return;
    }
    state_.font->glyphs(shown, glyphs_);
    operators_ += glyphs_.size() / 16;
    bool first = true;
    for (auto const& glyph : glyphs_) {
        if (!glyph.known) ++out_.characters_unreadable;
        auto const at = Matrix{state_.scale, 0, 0, 1, 0, state_.rise}.then(text_).then(matrix_);
        if (first && !glyph.text.empty()) {
            lines_.move_to(at, std::abs(state_.size));
            first = false;
        }
        lines_.put(glyph.text);
        auto const advance =
            (glyph.width * state_.size + state_.character_spacing + (glyph.is_space_code ? state_.word_spacing : 0)) *
            state_.scale;
        text_ = Matrix{1, 0, 0, 1, advance, 0}.then(text_);
    }
    if (!first) lines_.end_at(Matrix{1, 0, 0, 1, 0, state_.rise}.then(text_).then(matrix_));
}

void Interpreter::show_array(Object const& array) {
    for (auto const& item : array.items) {
        if (item.is(Object::Kind::string)) show(item.text);
        if (item.is(Object::Kind::number))
            text_ = Matrix{1, 0, 0, 1, -item.number / 1000 * state_.size * state_.scale, 0}.then(text_);
    }
}

void Interpreter::draw_form(Names const& names, int depth) {
    if (operands_.empty()) return;
    auto const& reference = named(names.forms, operands_.back().text);
    if (!file_.resolved(reference)["Subtype"].is_name("Form")) return;
    auto const form = file_.stream(reference);
    if (!form) return;
    auto const saved = std::tuple(matrix_, text_, line_, state_);
    auto const saved_count = saved_.size();
    matrix_ = matrix_of(file_.get(form->dictionary, "Matrix").items).then(matrix_);
    auto const own = file_.get(form->dictionary, "Resources");
    if (own.is(Object::Kind::dictionary))
        run(form->bytes, names_of(own), depth + 1);
    else
        run(form->bytes, names, depth + 1);
    if (saved_.size() > saved_count) saved_.resize(saved_count);
    std::tie(matrix_, text_, line_, state_) = saved;
}

/// Walks the page tree (section 7.7.3) and hands each page on with what it inherits.
class Pages {
  public:
    Pages(File& file, PdfLimits const& limits, PdfText& out)
        : file_(file), limits_(limits), out_(out), interpreter_(file, limits, out) {}

    void read() {
        walk(file_.root()["Pages"]);
        if (!out_.page_starts.empty()) return;
        for (auto const number : file_.of_type("Page")) {
            Object reference;
            reference.kind = Object::Kind::reference;
            reference.number = number;
            auto const page = file_.resolved(reference);
            one(page, file_.get(page, "Resources"));
        }
    }

  private:
    struct Node {
        Object object;
        std::shared_ptr<Object const> resources;
    };

    void walk(Object const& first) {
        std::vector<Node> open;
        open.push_back({first, std::make_shared<Object const>()});
        std::set<double> seen;
        for (std::size_t nodes = 0; !open.empty() && nodes < most_tree_nodes; ++nodes) {
            auto node = std::move(open.back());
            open.pop_back();
            if (node.object.is(Object::Kind::reference) && !seen.insert(node.object.number).second) continue;
            auto const object = file_.resolved(node.object);
            auto own = file_.get(object, "Resources");
            auto const resources =
                own.is(Object::Kind::dictionary) ? std::make_shared<Object const>(std::move(own)) : node.resources;
            auto const kids = file_.get(object, "Kids");
            if (!kids.is(Object::Kind::array) && object.is(Object::Kind::dictionary)) one(object, *resources);
            for (auto kid = kids.items.rbegin(); kid != kids.items.rend() && open.size() < most_tree_nodes; ++kid)
                open.push_back({*kid, resources});
        }
    }

    void one(Object const& page, Object const& resources) {
        if (out_.page_starts.size() >= limits_.pages || interpreter_.is_spent()) {
            out_.truncated = true;
            return;
        }
        interpreter_.page(page, resources);
        out_.truncated = out_.truncated || interpreter_.is_spent();
        for (auto const& annotation : file_.get(page, "Annots").items) {
            auto const uri = file_.get(file_.get(file_.resolved(annotation), "A"), "URI");
            if (!uri.is(Object::Kind::string) || uri.text.empty() || uri.text.size() > 8192) continue;
            if (out_.links.size() < limits_.links)
                out_.links.push_back(repaired_utf8(uri.text));
            else
                out_.truncated = true;
        }
    }

    File& file_;
    PdfLimits const& limits_;
    PdfText& out_;
    Interpreter interpreter_;
};

}  // namespace
}  // namespace pdf

Result<PdfText> text_of_pdf(std::string_view bytes, PdfLimits const& limits) {
    if (bytes.size() > limits.bytes)
        return fail(Code::limit, fmt::format("the PDF has {} bytes; expected at most {}", bytes.size(), limits.bytes));
    TRY(auto file, pdf::File::open(bytes, limits));
    PdfText out;
    pdf::Pages(file, limits, out).read();
    if (out.page_starts.empty()) return fail(Code::invalid, "the PDF has no page that can be read");
    out.truncated = out.truncated || file.is_truncated();
    return out;
}

}  // namespace tocsin::formats
