#include "formats/extract/pdf_file.hpp"

#include "base/text.hpp"
#include "formats/extract/pdf_filter.hpp"

#include <algorithm>

namespace tocsin::formats::pdf {
namespace {

constexpr std::size_t most_objects = 1'000'000;
constexpr std::size_t most_in_holder = 100'000;
constexpr std::size_t parse_room = std::size_t{384} << 20;  ///< bytes of syntax read in all, so that cycles end
constexpr std::size_t most_filters = 8;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The "12 0" in front of "obj" at `keyword`: its number and where it starts.
struct Heading {
    std::uint32_t number = 0;
    std::size_t begin = 0;
};
std::optional<Heading> heading_before(std::string_view bytes, std::size_t keyword) {
    auto at = keyword;
    auto const back_over = [&](auto which, std::size_t most) {
        auto const from = at;
        while (at > 0 && from - at < most && which(bytes[at - 1])) --at;
        return from - at;
    };
    back_over(is_pdf_space, 8);
    if (back_over(is_digit, 5) == 0 || back_over(is_pdf_space, 8) == 0) return std::nullopt;
    auto const digits = back_over(is_digit, 9);
    if (digits == 0) return std::nullopt;
    auto const number = parse_int(bytes.substr(at, digits));
    return number ? std::optional(Heading{static_cast<std::uint32_t>(*number), at}) : std::nullopt;
}

/// Where the content of a stream starts, behind "stream" at `keyword` and its line end.
std::size_t content_start(std::string_view bytes, std::size_t keyword) {
    auto at = keyword + 6;
    if (at < bytes.size() && bytes[at] == '\r') ++at;
    if (at < bytes.size() && bytes[at] == '\n') ++at;
    return at;
}

}  // namespace

Result<File> File::open(std::string_view bytes, PdfLimits const& limits) {
    if (bytes.substr(0, 1024).find("%PDF-") == std::string_view::npos)
        return fail(Code::invalid, "the file is no PDF: its first 1024 bytes have no %PDF-");
    File file(bytes, limits);
    file.find_objects();
    for (auto const& [number, place] : file.in_order_) file.objects_[number] = place;
    CHECK(file.read_trailers());
    file.open_object_streams();
    if (file.root_.is(Object::Kind::null)) {
        auto const catalogues = file.of_type("Catalog");
        if (!catalogues.empty()) file.root_ = file.parsed(file.objects_[catalogues.back()]);
    }
    file.root_ = file.resolved(file.root_);
    return file;
}

/// One pass: each "obj" with its numbers opens an object; the content of a stream is stepped over.
void File::find_objects() {
    std::size_t at = 0;
    while (at < bytes_.size() && in_order_.size() < most_objects) {
        auto const found = bytes_.find_first_of("os", at);
        if (found == std::string_view::npos) break;
        at = found + 1;
        auto const rest = bytes_.substr(found);
        if (rest.starts_with("obj")) {
            auto const heading = heading_before(bytes_, found);
            if (!heading) continue;
            if (!in_order_.empty()) in_order_.back().second.end = std::min(in_order_.back().second.end, heading->begin);
            in_order_.push_back({heading->number, Place{found + 3, bytes_.size(), -1}});
            at = found + 3;
        } else if (rest.starts_with("stream") && found > 0 &&
                   (is_pdf_space(bytes_[found - 1]) || bytes_[found - 1] == '>')) {
            auto const end = bytes_.find("endstream", found + 6);
            at = end == std::string_view::npos ? bytes_.size() : end + 9;
        }
    }
}

std::string_view File::bytes_of(Place const& place) const {
    auto const whole = place.holder < 0 ? bytes_ : std::string_view(holders_[static_cast<std::size_t>(place.holder)]);
    return whole.substr(place.begin, place.end - place.begin);
}

Object File::parsed(Place const& place) {
    if (parsed_ > parse_room) {
        truncated_ = true;
        return {};
    }
    Lexer lexer(bytes_of(place));
    auto object = lexer.next(true);
    parsed_ += lexer.at() + 16;
    return object;
}

Object File::resolved(Object const& object) {
    auto out = object;
    for (int i = 0; i < 8 && out.is(Object::Kind::reference); ++i) {
        auto const found = objects_.find(static_cast<std::uint32_t>(out.number));
        out = found == objects_.end() ? Object{} : parsed(found->second);
    }
    return out.is(Object::Kind::reference) ? Object{} : out;
}

std::optional<File::Stream> File::stream(Object const& reference) {
    if (!reference.is(Object::Kind::reference)) return std::nullopt;
    auto const found = objects_.find(static_cast<std::uint32_t>(reference.number));
    return found == objects_.end() || found->second.holder >= 0 ? std::nullopt : stream_at(found->second);
}

std::optional<File::Stream> File::stream_at(Place const& place) {
    if (parsed_ > parse_room) return std::nullopt;
    auto const region = bytes_of(place);
    Lexer lexer(region);
    Stream out;
    out.dictionary = lexer.next(true);
    auto const keyword = lexer.next(false);
    parsed_ += lexer.at() + 16;
    if (!out.dictionary.is(Object::Kind::dictionary) || !keyword.is_keyword("stream")) return std::nullopt;
    auto const start = content_start(region, lexer.at() - 6);
    auto const told = get(out.dictionary, "Length").whole(-1, 0, static_cast<std::int64_t>(bytes_.size()));
    auto end = region.size();
    bool fits = false;
    if (told >= 0 && start + static_cast<std::size_t>(told) <= bytes_.size() - place.begin) {
        // The told length may reach behind what the pass over the file took for the stream's end.
        auto const stop = place.begin + start + static_cast<std::size_t>(told);
        fits = bytes_.substr(stop, 32).find("endstream") != std::string_view::npos;
        if (fits) end = stop - place.begin;
    }
    if (!fits) end = std::min(region.find("endstream", start), region.size());
    out.bytes = decoded(out.dictionary, bytes_.substr(place.begin + start, end - std::min(start, end)));
    return out;
}

std::string File::decoded(Object const& dictionary, std::string_view raw) {
    auto filters = get(dictionary, "Filter"), parameters = get(dictionary, "DecodeParms");
    if (filters.is(Object::Kind::name)) {
        Object list;
        list.items.push_back(std::move(filters));
        filters = std::move(list);
        Object parameter_list;
        parameter_list.items.push_back(std::move(parameters));
        parameters = std::move(parameter_list);
    }
    if (decoded_ >= limits_.decoded) {
        truncated_ = true;
        return {};
    }
    std::string bytes(raw);
    for (std::size_t i = 0; i < filters.items.size(); ++i) {
        if (i == most_filters || decoded_ >= limits_.decoded) {
            truncated_ = true;
            return {};
        }
        auto const room = limits_.decoded - decoded_;
        auto const filter = resolved(filters.items[i]);
        auto const parameter = i < parameters.items.size() ? resolved(parameters.items[i]) : Object{};
        Filtered made;
        if (filter.is_name("FlateDecode") || filter.is_name("Fl"))
            made = flate_decoded(bytes, room);
        else if (filter.is_name("LZWDecode") || filter.is_name("LZW"))
            made = lzw_decoded(bytes, room, get(parameter, "EarlyChange").whole(1, 0, 1) == 1);
        else if (filter.is_name("ASCII85Decode") || filter.is_name("A85"))
            made = ascii85_decoded(bytes, room);
        else if (filter.is_name("ASCIIHexDecode") || filter.is_name("AHx"))
            made = ascii_hex_decoded(bytes, room);
        else if (filter.is_name("RunLengthDecode") || filter.is_name("RL"))
            made = run_length_decoded(bytes, room);
        else
            return {};
        truncated_ = truncated_ || made.truncated;
        decoded_ += made.bytes.size();
        auto const whole = [&](std::string_view key, std::int64_t otherwise, std::int64_t high) {
            return static_cast<std::size_t>(get(parameter, key).whole(otherwise, 1, high));
        };
        bytes =
            without_predictor(std::move(made.bytes), {whole("Predictor", 1, 15), whole("Colors", 1, 64),
                                                      whole("BitsPerComponent", 8, 16), whole("Columns", 1, 1 << 24)});
    }
    decoded_ += filters.items.empty() ? bytes.size() : 0;
    return bytes;
}

/// Objects within object streams (section 7.5.7), in the order of the file so that the last of a number counts.
void File::open_object_streams() {
    std::map<std::uint32_t, Place> all;
    for (auto const& [number, place] : in_order_) {
        all[number] = place;
        if (bytes_of(place).substr(0, 2048).find("/ObjStm") == std::string_view::npos) continue;
        auto content = stream_at(place);
        if (!content || !content->dictionary["Type"].is_name("ObjStm")) continue;
        auto const count = content->dictionary["N"].whole(0, 0, most_in_holder);
        auto const first = static_cast<std::size_t>(content->dictionary["First"].whole(0, 0, 1 << 30));
        holders_.push_back(std::move(content->bytes));
        auto const holder = static_cast<std::int32_t>(holders_.size()) - 1;
        std::string_view const bytes = holders_.back();
        Lexer lexer(bytes.substr(0, first));
        for (std::int64_t i = 0; i < count && all.size() < most_objects; ++i) {
            auto const member = lexer.next(false), offset = lexer.next(false);
            if (!offset.is(Object::Kind::number)) break;
            auto const begin = first + static_cast<std::size_t>(offset.whole(0, 0, 1 << 30));
            if (begin < bytes.size())
                all[static_cast<std::uint32_t>(member.whole(0, 0, 1 << 30))] = Place{begin, bytes.size(), holder};
        }
    }
    objects_ = std::move(all);
}

/// The trailers say where the catalogue is and whether the file is encrypted (sections 7.5.5 and 7.5.8).
Status File::read_trailers() {
    auto const take = [&](Object const& trailer) -> Status {
        if (!trailer["Encrypt"].is(Object::Kind::null))
            return fail(Code::invalid, "the PDF is encrypted; save it without a password first");
        if (trailer["Root"].is(Object::Kind::reference)) root_ = trailer["Root"];
        return {};
    };
    for (std::size_t at = bytes_.find("trailer"); at != std::string_view::npos; at = bytes_.find("trailer", at + 7)) {
        if (parsed_ > parse_room) break;
        Lexer lexer(bytes_, at + 7);
        auto const trailer = lexer.next(true);
        parsed_ += lexer.at() - at;
        CHECK(take(trailer));
    }
    for (auto const& [number, place] : in_order_) {
        if (bytes_of(place).substr(0, 2048).find("/XRef") == std::string_view::npos) continue;
        auto const trailer = parsed(place);
        if (trailer["Type"].is_name("XRef")) CHECK(take(trailer));
    }
    return {};
}

std::vector<std::uint32_t> File::of_type(std::string_view type) {
    std::vector<std::uint32_t> found;
    for (auto const& [number, place] : objects_) {
        auto const object = parsed(place);
        if (object["Type"].is_name(type)) found.push_back(number);
    }
    return found;
}

}  // namespace tocsin::formats::pdf
