#include "formats/xml_records.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <pugixml.hpp>
#include <vector>

namespace tocsin::formats {
namespace {

constexpr int deepest = 64;
constexpr std::size_t enough_output = std::size_t{64} << 10;

class XmlRecords final : public ByteSource {
  public:
    XmlRecords(std::unique_ptr<ByteSource> source, XmlRecordsOptions options)
        : source_(std::move(source)), options_(std::move(options)) {
        for (auto const step : split(options_.records, '/'))
            if (!step.empty()) steps_.emplace_back(step);
    }

    Result<std::size_t> read(std::span<char> into) override {
        if (source_) CHECK(load());
        if (at_ == lines_.size()) {
            lines_.clear();
            at_ = 0;
            while (next_ && lines_.size() < enough_output) {
                add_record(next_);
                next_ = following(next_);
            }
        }
        auto const size = lines_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    struct Member {
        std::string name, text;
    };

    Status load() {
        auto const source = std::exchange(source_, nullptr);
        std::string bytes;
        std::array<char, 65536> piece;
        while (true) {
            TRY(auto const size, source->read(piece));
            if (size == 0) break;
            bytes.append(piece.data(), size);
            if (bytes.size() > options_.document_bytes)
                return fail(Code::limit,
                            fmt::format("the XML document is longer than {} bytes", options_.document_bytes));
        }
        auto const parsed = document_.load_buffer(bytes.data(), bytes.size(), pugi::parse_default, pugi::encoding_utf8);
        if (!parsed)
            return fail(Code::invalid,
                        fmt::format("the XML is broken at byte {}: {}", parsed.offset, parsed.description()));
        next_ = steps_.empty() ? document_.document_element() : first_below(document_.document_element(), 0);
        return {};
    }

    bool fits(pugi::xml_node node, std::size_t step) const {
        return node.type() == pugi::node_element && (steps_[step] == "*" || steps_[step] == node.name());
    }

    /// The first record below a node that stands at `step` of the way.
    pugi::xml_node first_below(pugi::xml_node parent, std::size_t step) const {
        return first_from(parent.first_child(), step);
    }
    pugi::xml_node first_from(pugi::xml_node node, std::size_t step) const {
        for (; node; node = node.next_sibling()) {
            if (!fits(node, step)) continue;
            if (step + 1 == steps_.size()) return node;
            if (auto const found = first_below(node, step + 1)) return found;
        }
        return {};
    }
    pugi::xml_node following(pugi::xml_node node) const {
        for (auto step = steps_.size(); step > 0; --step) {
            if (auto const found = first_from(node.next_sibling(), step - 1)) return found;
            node = node.parent();
        }
        return {};
    }

    void put(std::string name, std::string_view text) {
        auto const clean = trimmed(text);
        if (clean.empty() || members_.size() >= options_.record_members) return;
        auto const known = std::ranges::find(members_, name, &Member::name);
        if (known != members_.end())
            known->text += "," + std::string(clean);
        else
            members_.push_back({std::move(name), std::string(clean)});
    }

    void collect(pugi::xml_node node, std::string const& prefix, int depth) {
        for (auto const attribute : node.attributes())
            put((prefix.empty() ? "@" : prefix + ".@") + attribute.name(), attribute.value());
        std::string own;
        for (auto const child : node.children()) {
            if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
                own += child.value();
            else if (child.type() == pugi::node_element && depth < deepest)
                collect(child, prefix.empty() ? child.name() : prefix + "." + child.name(), depth + 1);
        }
        put(prefix.empty() ? "text" : prefix, own);
    }

    void add_record(pugi::xml_node node) {
        members_.clear();
        collect(node, "", 0);
        JsonWriter json;
        json.object();
        for (auto const& member : members_) json.field(repaired_utf8(member.name), repaired_utf8(member.text));
        json.end();
        lines_ += std::move(json).text();
        lines_ += '\n';
    }

    std::unique_ptr<ByteSource> source_;
    XmlRecordsOptions options_;
    std::vector<std::string> steps_;
    pugi::xml_document document_;
    pugi::xml_node next_;
    std::vector<Member> members_;
    std::string lines_;
    std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> xml_records(std::unique_ptr<ByteSource> source, XmlRecordsOptions options) {
    return std::make_unique<XmlRecords>(std::move(source), std::move(options));
}

}  // namespace tocsin::formats
